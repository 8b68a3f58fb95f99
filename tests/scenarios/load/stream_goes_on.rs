//! A stream that began at one host goes on at another.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![a_stream_goes_on_at_another_host];

fn a_stream_goes_on_at_another_host(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, "one ");
    let mut twin = world.twin();
    assert_eq!(twin.delta(BOT, session, &message, 4, "two"), 7);
    twin.post(BOT, session, Op::Complete(&message), "").is(200);
    assert_eq!(twin.message(ADA, session, &message)["content"], "one two");
}

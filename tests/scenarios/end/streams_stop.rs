//! Streams stop with their session, by the same entry; their text stays.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![nothing_streams_beyond_the_end];

fn nothing_streams_beyond_the_end(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, "Half");
    world.post(ADA, session, Op::End, "").is(200);
    assert_eq!(world.log(session).events(4), ["messageStopped", "sessionEnded"]);
    let stopped = world.message(ADA, session, &message);
    assert_eq!((&stopped["status"], &stopped["content"]), (&json!("stopped"), &json!("Half")));
}

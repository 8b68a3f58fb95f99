//! A message that streams never leaves to make room; once it is complete it is as old as it is.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::contents;

scenarios![a_message_that_streams_never_leaves];

fn a_message_that_streams_never_leaves(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxMessages": 2 } }));
    let stream = world.stream(BOT, session);
    world.delta(BOT, session, &stream, 0, "still here");
    world.say(ADA, session, "a");
    world.say(ADA, session, "b");
    assert_eq!(contents(&world.read(ADA, session)), ["still here", "b"]);
    world.post(BOT, session, Op::Complete(&stream), json!({})).is(200);
    world.say(ADA, session, "c");
    assert_eq!(contents(&world.read(ADA, session)), ["b", "c"]);
}

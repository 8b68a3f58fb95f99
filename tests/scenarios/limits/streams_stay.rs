//! What streams does not leave when limits are lowered; others leave for it, and what it may grow to is measured anew.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::set;

scenarios![what_streams_stays];

fn what_streams_stays(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let streaming = world.stream(BOT, session);
    world.delta(BOT, session, &streaming, 0, &"x".repeat(200));
    world.say(ADA, session, "one");
    world.say(ADA, session, "two");
    let lowered = set(world, ADA, session, json!({ "maxMessages": 1, "maxContentBytes": 1024 })).is(200);
    assert_eq!((lowered["messages"].as_array().map(Vec::len), &lowered["messages"][0]["id"]), (Some(1), &json!(streaming)));
    assert_eq!(world.delta(BOT, session, &streaming, 200, &"x".repeat(56)), 256);
    world.post(BOT, session, Op::AppendDelta(&streaming), json!({ "offset": 256, "text": "x" })).refused("tooLarge");
    world.post(BOT, session, Op::Complete(&streaming), "").is(200);
    world.say(ADA, session, "three");
    assert_eq!(world.read(ADA, session)["messages"][0]["content"], "three");
}

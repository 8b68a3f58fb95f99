//! What streams in the parent is stopped in the fork, where it has no producer; in the parent it goes on.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::fork;

scenarios![what_streams_is_stopped_in_the_copy];

fn what_streams_is_stopped_in_the_copy(world: &mut World) {
    let parent = world.create(ADA, json!({}));
    let message = world.stream(BOT, parent);
    world.delta(BOT, parent, &message, 0, "One, ");
    let (session, answer) = fork(world, ADA, parent, json!({}));
    let copied = answer.is(201)["messages"][0].clone();
    assert_eq!((&copied["id"], &copied["status"], &copied["content"]), (&json!(message), &json!("stopped"), &json!("One, ")));
    world.post(BOT, session, Op::AppendDelta(&message), json!({ "offset": 5, "text": "two" })).refused("messageStopped");
    assert_eq!(world.delta(BOT, parent, &message, 5, "two"), 8);
    assert_eq!(world.twin().read(ADA, session), world.read(ADA, session));
}

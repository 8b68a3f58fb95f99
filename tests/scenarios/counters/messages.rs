//! Sessions that began are counted, messages by who they are from, their bytes, and the commands that were rejected on record.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World, command};
use serde_json::json;

use super::count;

scenarios![sessions_and_messages_are_counted];

fn sessions_and_messages_are_counted(world: &mut World) {
    assert_eq!(count(world, "/created"), 0);
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "Gr\u{fc}\u{df}e");
    world.say(BOT, session, "Hi");
    let parts = json!([{ "type": "text", "text": "four" }, { "type": "tool-x", "text": "five5" }]);
    for kind in ["system", "tool", "tool"] {
        world.post(OPS, session, Op::AppendMessage, json!({ "type": kind, "parts": parts })).is(201);
    }
    let state = world.post(ADA, session, Op::Fork, "");
    let fork = world.new_id();
    world.post(ADA, fork, Op::Restore, String::from_utf8(state.body).expect("text")).is(201);
    assert_eq!(count(world, "/created"), 2);
    assert_eq!(count(world, "/messages"), json!({ "user": 1, "assistant": 1, "system": 1, "tool": 2 }));
    assert_eq!(count(world, "/contentBytes"), 7 + 2 + 3 * 9);
    // Without an id a rejection is not on record.
    world.post(ADA, session, Op::Update, json!({ "data": [] })).refused("invalid");
    let wrong = json!({ "kind": "patchData", "patch": [] });
    world.submit(ADA, session, 0, &[command(session, 1, wrong)]);
    assert_eq!(count(world, "/rejected"), 1);
}

//! Each command of a batch is decided on what those before it made: a stream can begin, grow and complete in one of them.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{post, say};

scenarios![each_is_decided_on_those_before_it];

fn each_is_decided_on_those_before_it(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let id = world.new_id().to_string();
    let batch = json!({ "commands": [
        { "kind": "appendMessage", "message": { "id": id, "type": "assistant", "status": "streaming" } },
        { "kind": "appendDelta", "message": id, "offset": 0, "text": "Hello" },
        { "kind": "appendDelta", "message": id, "offset": 5, "text": " you" },
        { "kind": "completeMessage", "message": id },
    ] });
    world.post(BOT, session, Op::Commands, batch).is(200);
    let message = world.message(ADA, session, &id);
    assert_eq!((&message["status"], &message["content"]), (&json!("complete"), &json!("Hello you")));
    post(world, session, json!([{ "kind": "end" }, say("late")])).refused("sessionEnded");
    assert_eq!(world.read(ADA, session)["isActive"], true);
}

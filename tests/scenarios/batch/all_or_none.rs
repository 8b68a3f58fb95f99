//! A batch is taken whole or not at all: one command that is refused refuses it. With an id, its rejection is on record.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::{post, say};

scenarios![all_or_none];

fn all_or_none(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let wrong = json!({ "kind": "appendMessage", "message": { "type": "assistant", "content": "x" } });
    post(world, session, json!([say("one"), wrong])).refused("forbidden");
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
    let batch = command(world.new_id(), 1, json!({ "kind": "batch", "commands": [say("one"), wrong] }));
    assert_eq!(world.submit(ADA, session, 1, &[batch])[0]["code"], "forbidden");
    let entry = world.log(session).entry(2);
    assert_eq!((&entry["outcome"], &entry["events"]), (&json!("forbidden"), &json!([])));
}

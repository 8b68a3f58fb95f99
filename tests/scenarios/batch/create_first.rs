//! A batch may begin with `create`: the session and its first message come into being as version 1.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::say;

scenarios![a_batch_begins_a_session];

fn a_batch_begins_a_session(world: &mut World) {
    let session = world.new_id();
    let batch = command(world.new_id(), 1, json!({ "kind": "batch", "commands": [{ "kind": "create", "title": "T" }, say("Hello")] }));
    assert_eq!(world.submit(ADA, session, 0, &[batch]), [json!(null); 0]);
    let read = world.read(ADA, session);
    assert_eq!((&read["version"], &read["messages"][0]["content"]), (&json!(1), &json!("Hello")));
}

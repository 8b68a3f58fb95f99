//! Several commands in one request become one entry with the events of all of them, in their order.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{post, say};

scenarios![a_batch_is_one_entry];

fn a_batch_is_one_entry(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let commands = json!([say("one"), { "kind": "rename", "title": "T" }, say("two")]);
    assert_eq!(post(world, session, commands).is(200), json!({ "version": 2 }));
    assert_eq!(world.log(session).events(2), ["messageAppended", "renamed", "messageAppended"]);
    let read = world.read(ADA, session);
    assert_eq!((&read["title"], &read["messages"][1]["content"]), (&json!("T"), &json!("two")));
    assert_ne!(read["messages"][0]["id"], read["messages"][1]["id"]);
}

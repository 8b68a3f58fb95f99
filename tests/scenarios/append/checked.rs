//! Every field of a message is checked, and an unknown one is refused. What is refused by HTTP leaves no entry.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

use super::append;

scenarios![a_message_is_checked];

fn a_message_is_checked(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let with = |key: &str, value: Value| {
        let mut message = json!({ "type": "user", "content": "a" });
        message[key] = value;
        message
    };
    append(world, session, with("status", json!("stopped"))).invalid("/message/status", "status");
    append(world, session, with("turn", json!("t".repeat(257)))).invalid("/message/turn", "tooLong");
    append(world, session, with("metadata", json!([]))).invalid("/metadata", "object");
    append(world, session, with("metadata", json!({ "apiCalls": [1] }))).invalid("/metadata/apiCalls", "strings");
    append(world, session, with("metadata", json!({ "processingTime": "long" }))).invalid("/metadata/processingTime", "number");
    append(world, session, with("colour", json!("red"))).refused("malformed");
    append(world, session, with("type", json!("god"))).refused("malformed");
    assert_eq!(world.log(session).entries.len(), 1, "what is refused by HTTP leaves no entry");
    let metadata = json!({ "apiCalls": ["linear.search"], "processingTime": 12.5, "mood": null });
    assert_eq!(append(world, session, with("metadata", metadata.clone())).is(201)["metadata"], metadata);
}

//! A batch holds no batch, and nothing that only hosts send.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{post, say};

scenarios![a_batch_holds_no_batch];

fn a_batch_holds_no_batch(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let rename = json!({ "kind": "rename", "title": "T" });
    for what in [
        json!({ "kind": "batch", "commands": [rename] }),
        json!({ "kind": "expire", "touchedAt": 0 }),
        json!({ "kind": "dance" }),
        json!({ "title": "T" }),
        json!("rename"),
    ] {
        post(world, session, json!([say("one"), what])).refused("malformed");
    }
    assert_eq!(world.log(session).entries.len(), 1);
}

//! Completing merges metadata into what the message began with, and happens once.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![completing_merges_metadata];

fn completing_merges_metadata(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let begun = json!({ "type": "assistant", "status": "streaming", "metadata": { "apiCalls": ["a"], "draft": true } });
    let message = world.post(BOT, session, Op::AppendMessage, begun).is(201)["id"].as_str().expect("an id").to_owned();
    world.delta(BOT, session, &message, 0, "Hello");
    let wrong = json!({ "metadata": { "processingTime": "long" } });
    world.post(BOT, session, Op::Complete(&message), wrong).invalid("/metadata/processingTime", "number");
    let patch = json!({ "metadata": { "apiCalls": ["a", "b"], "processingTime": 12, "draft": null } });
    let complete = world.post(BOT, session, Op::Complete(&message), patch).is(200);
    assert_eq!((&complete["status"], &complete["content"]), (&json!("complete"), &json!("Hello")));
    assert_eq!(complete["metadata"], json!({ "apiCalls": ["a", "b"], "processingTime": 12 }));
    world.post(BOT, session, Op::Complete(&message), json!({})).refused("messageStopped");
}

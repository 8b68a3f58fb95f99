//! A command by frame to an ended session is rejected on record, so that its client may forget it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

scenarios![frames_are_rejected_after_the_end];

fn frames_are_rejected_after_the_end(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(ADA, session, Op::End, "").is(200);
    let rename = command(world.new_id(), 1, json!({ "kind": "rename", "title": "More" }));
    let frames = world.submit(ADA, session, 2, std::slice::from_ref(&rename));
    assert_eq!((&frames[0]["kind"], &frames[0]["code"], &frames[0]["id"]), (&json!("rejected"), &json!("sessionEnded"), &rename["id"]));
    // On record, so that the client may forget it.
    assert_eq!(world.log(session).entry(3)["outcome"], "sessionEnded");
}

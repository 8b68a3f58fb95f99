//! What is still being said waits for nobody; it does when it is whole.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::waits;

scenarios![what_is_still_being_said_does_not_wait];

fn what_is_still_being_said_does_not_wait(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let said = world.post(ADA, session, Op::AppendMessage, json!({ "type": "user", "status": "streaming" })).is(201);
    let said = said["id"].as_str().expect("an id");
    world.post(ADA, session, Op::AppendDelta(said), json!({ "offset": 0, "text": "Who?" })).is(200);
    assert_eq!(waits(world, session), None);
    world.post(ADA, session, Op::Complete(said), "").is(200);
    assert_eq!(waits(world, session).as_deref(), Some(said));
}

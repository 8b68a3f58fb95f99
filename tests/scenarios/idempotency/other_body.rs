//! A key that was used with another body, or for something else, is refused, and nothing is done.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::say;

scenarios![a_key_of_another_request_is_refused];

fn a_key_of_another_request_is_refused(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = say(world, session, "a", "Hello").is(201)["id"].as_str().expect("an id").to_owned();
    say(world, session, "a", "Hello!").refused("idempotencyMismatch");
    world.post_once(ADA, session, "a", Op::Update, json!({ "title": "T" })).refused("idempotencyMismatch");
    // Without a body, the message is what tells two requests apart.
    let other = world.say(ADA, session, "Other");
    world.post_once(ADA, session, "b", Op::RemoveMessage(&message), "").is(204);
    world.post_once(ADA, session, "b", Op::RemoveMessage(&other), "").refused("idempotencyMismatch");
    world.post_once(ADA, session, "b", Op::RemoveMessage(&message), "").is(204);
    assert_eq!(world.log(session).entries.len(), 4);
    assert_eq!(world.read(ADA, session)["messages"][0]["content"], "Other");
}

//! What leaves no trace uses no key up: a malformed body, a caller who may not know of the session, a version that is not the present one.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, Terms, World};
use serde_json::json;

use super::say;

scenarios![what_leaves_no_trace_uses_no_key_up];

fn what_leaves_no_trace_uses_no_key_up(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post_once(ADA, session, "a", Op::AppendMessage, json!({ "typ": "user" })).refused("malformed");
    world.post_once(ADA, session, "a", Op::AppendMessage, "{").refused("malformed");
    world.post_once(BEN, session, "a", Op::AppendMessage, super::hello("Hello")).refused("sessionNotFound");
    let terms = Terms { condition: Some(9), key: Some("a") };
    let ticket = world.send_with(ADA, session, terms, Op::AppendMessage, super::hello("Hello"));
    world.answer(ticket).refused("versionMismatch");
    assert_eq!(world.log(session).entries.len(), 1);
    say(world, session, "a", "Hello").is(201);
}

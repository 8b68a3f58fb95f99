//! While a request is on its way to the store, the same one is told so; afterwards it is answered as the first was.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{hello, say};

scenarios![a_request_that_is_running_is_a_conflict];

fn a_request_that_is_running_is_a_conflict(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let first = world.send_once(ADA, session, "a", Op::AppendMessage, hello("Hello"));
    let again = world.send_once(ADA, session, "a", Op::AppendMessage, hello("Hello"));
    let other = world.send_once(ADA, session, "a", Op::AppendMessage, hello("Other"));
    world.release();
    world.answer(again).refused("conflict");
    world.answer(other).refused("idempotencyMismatch");
    let first = world.answer(first);
    assert_eq!(first.is(201)["content"], "Hello");
    assert_eq!(say(world, session, "a", "Hello"), first);
    assert_eq!(world.log(session).entries.len(), 2);
}

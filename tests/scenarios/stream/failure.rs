//! A message that failed keeps its text and says why it failed.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, World};
use serde_json::json;

use super::begin;

scenarios![a_failure_keeps_the_text];

fn a_failure_keeps_the_text(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "Half");
    let error = json!({ "code": "modelOverloaded", "message": "Try later." });
    let failed = world.post(BOT, session, Op::Fail(&message), json!({ "error": error })).is(200);
    assert_eq!((&failed["status"], &failed["content"], &failed["error"]), (&json!("failed"), &json!("Half"), &error));
}

//! A user creates sessions only for themselves.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_user_creates_only_for_themselves];

fn a_user_creates_only_for_themselves(world: &mut World) {
    let session = world.new_id();
    world.post(ADA, session, Op::Create, json!({ "userId": "ben" })).refused("forbidden");
    world.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
    let answer = world.post(ADA, session, Op::Create, json!({ "userId": "ada" })).is(201);
    assert_eq!(answer["userId"], "ada");
}

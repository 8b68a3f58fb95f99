//! An operator creates a session for any user; it is that user's, and nobody else sees it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, OPS, World};
use serde_json::json;

scenarios![an_operator_creates_for_a_user];

fn an_operator_creates_for_a_user(world: &mut World) {
    let session = world.create(OPS, json!({ "userId": "ada" }));
    assert_eq!(world.read(ADA, session)["userId"], "ada");
    world.post(BEN, session, Op::Read { messages: None }, "").refused("sessionNotFound");
}

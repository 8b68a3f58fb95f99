//! Only whoever began a stream writes it, and an operator.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, OPS, World};
use serde_json::json;

use super::begin;

scenarios![only_the_producer_writes];

fn only_the_producer_writes(world: &mut World) {
    let (session, message) = begin(world);
    let body = json!({ "offset": 0, "text": "x" });
    world.post(HAL, session, Op::AppendDelta(&message), &body).refused("forbidden");
    world.post(ADA, session, Op::AppendDelta(&message), &body).refused("forbidden");
    world.post(HAL, session, Op::Complete(&message), "").refused("forbidden");
    world.post(HAL, session, Op::Fail(&message), json!({ "error": { "code": "x", "message": "y" } })).refused("forbidden");
    world.post(OPS, session, Op::AppendDelta(&message), &body).is(200);
    assert_eq!(world.delta(BOT, session, &message, 1, "y"), 2);
}

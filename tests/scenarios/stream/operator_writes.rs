//! An operator mends a stream without taking it over, also after somebody did; an epoch that they name has to be the present one.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, HAL, OPS, World};
use serde_json::json;

use super::begin;

scenarios![an_operator_writes_without_an_epoch];

fn an_operator_writes_without_an_epoch(world: &mut World) {
    let (session, message) = begin(world);
    world.post(HAL, session, Op::TakeOver(&message), "").is(200);
    let body = |epoch: Option<u32>| json!({ "offset": 0, "text": "x", "epoch": epoch });
    world.post(OPS, session, Op::AppendDelta(&message), body(None)).is(200);
    world.post(OPS, session, Op::AppendDelta(&message), body(Some(1))).refused("producerFenced");
    world.post(OPS, session, Op::AppendDelta(&message), body(Some(2))).refused("forbidden");
    // Once it is theirs, they are a producer like any other.
    world.post(OPS, session, Op::TakeOver(&message), "").is(200);
    world.post(OPS, session, Op::AppendDelta(&message), body(None)).refused("producerFenced");
    world.post(OPS, session, Op::AppendDelta(&message), body(Some(3))).is(200);
    world.post(BOT, session, Op::AppendDelta(&message), body(None)).refused("producerFenced");
}

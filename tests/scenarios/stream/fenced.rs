//! Whoever lost a stream to somebody else is fenced off, whatever they send and in whatever epoch, also under the same name: an older
//! run of one agent is another producer.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, HAL, World};
use serde_json::{Value, json};

use super::begin;

scenarios![the_old_producer_is_fenced_off, an_older_run_of_the_same_agent_is_fenced_off];

fn writes(message: &str) -> [(Op<'_>, Value); 4] {
    [
        (Op::AppendDelta(message), json!({ "offset": 0, "text": "x" })),
        (Op::Revise(message), json!({ "from": 0, "text": "x" })),
        (Op::Complete(message), json!({})),
        (Op::Fail(message), json!({ "error": { "code": "x", "message": "y" } })),
    ]
}

fn the_old_producer_is_fenced_off(world: &mut World) {
    let (session, message) = begin(world);
    world.post(HAL, session, Op::TakeOver(&message), "").is(200);
    for (op, mut body) in writes(&message) {
        world.post(BOT, session, op, &body).refused("producerFenced");
        body["epoch"] = json!(1);
        world.post(BOT, session, op, &body).refused("producerFenced");
        body["epoch"] = json!(2);
        world.post(BOT, session, op, &body).refused("forbidden");
    }
    assert_eq!(world.log(session).entries.len(), 3);
    // It may take it back, and then the other one is fenced off.
    assert_eq!(world.post(BOT, session, Op::TakeOver(&message), "").is(200)["epoch"], 3);
    world.post(HAL, session, Op::AppendDelta(&message), json!({ "offset": 0, "text": "x", "epoch": 2 })).refused("producerFenced");
    world.post(BOT, session, Op::AppendDelta(&message), json!({ "offset": 0, "text": "x", "epoch": 3 })).is(200);
}

fn an_older_run_of_the_same_agent_is_fenced_off(world: &mut World) {
    let (session, message) = begin(world);
    world.post(BOT, session, Op::TakeOver(&message), "").is(200);
    for (op, mut body) in writes(&message) {
        // The older run knows no epoch, or the first one.
        world.post(BOT, session, op, &body).refused("producerFenced");
        body["epoch"] = json!(1);
        world.post(BOT, session, op, &body).refused("producerFenced");
    }
    world.post(BOT, session, Op::AppendDelta(&message), json!({ "offset": 0, "text": "x", "epoch": 3 })).refused("producerFenced");
    world.post(BOT, session, Op::AppendDelta(&message), json!({ "offset": 0, "text": "x", "epoch": 2 })).is(200);
}

//! A takeover is never answered from memory: sent again, also under its key, it takes the stream over anew. Whoever had taken it
//! meanwhile is fenced off, and no two runs write in one epoch.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, World};
use serde_json::json;

use super::begin;

scenarios![a_takeover_is_never_answered_from_memory];

fn a_takeover_is_never_answered_from_memory(world: &mut World) {
    let (session, message) = begin(world);
    assert_eq!(world.post_once(BOT, session, "a", Op::TakeOver(&message), "").is(200)["epoch"], 2);
    // Another run of the same agent takes it, before the first one's answer has arrived and it asks again.
    assert_eq!(world.post(BOT, session, Op::TakeOver(&message), "").is(200)["epoch"], 3);
    assert_eq!(world.post_once(BOT, session, "a", Op::TakeOver(&message), "").is(200)["epoch"], 4);
    let body = |epoch: u32| json!({ "offset": 0, "text": "x", "epoch": epoch });
    world.post(BOT, session, Op::AppendDelta(&message), body(3)).refused("producerFenced");
    world.post(BOT, session, Op::AppendDelta(&message), body(4)).is(200);
}

//! A revision begins where a character of the text does, not beyond its end, is its producer's, and leaves a message of a fair size.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, World};
use serde_json::json;

use super::begin;

scenarios![a_revision_is_checked];

fn a_revision_is_checked(world: &mut World) {
    let (session, message) = begin(world);
    let (id, revise) = (message.as_str(), |from: u64, text: &str| json!({ "from": from, "text": text }));
    world.delta(BOT, session, id, 0, "\u{20ac}uro");
    let gap = world.post(BOT, session, Op::Revise(id), revise(7, "x")).refused("offsetGap");
    assert_eq!(gap["nextOffset"], 6);
    for from in [1, 2] {
        world.post(BOT, session, Op::Revise(id), revise(from, "x")).invalid("/from", "boundary");
    }
    world.post(BOT, session, Op::Revise(id), revise(0, &"x".repeat(300_000))).refused("tooLarge");
    world.post(BOT, session, Op::Revise(id), json!({ "part": "", "from": 0, "text": "x" })).invalid("/part", "text");
    world.post(HAL, session, Op::Revise(id), revise(0, "x")).refused("forbidden");
    world.post(ADA, session, Op::Revise(id), revise(0, "x")).refused("forbidden");
    world.post(BOT, session, Op::Revise(id), json!({ "text": "x" })).refused("malformed");
    world.post(ADA, session, Op::Stop(id), "").is(200);
    world.post(BOT, session, Op::Revise(id), revise(0, "x")).refused("messageStopped");
    assert_eq!(world.message(ADA, session, id)["content"], "\u{20ac}uro");
}

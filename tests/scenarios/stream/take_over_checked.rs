//! Only who may write such a message takes its stream over, and only while it streams.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, HAL, OPS, World};
use serde_json::json;

use super::begin;

scenarios![a_takeover_is_checked, users_take_over_their_own_streams];

fn a_takeover_is_checked(world: &mut World) {
    let (session, message) = begin(world);
    world.post(ADA, session, Op::TakeOver(&message), "").refused("forbidden");
    world.post(BEN, session, Op::TakeOver(&message), "").refused("sessionNotFound");
    world.post(HAL, session, Op::TakeOver(&world.new_id().to_string()), "").refused("messageNotFound");
    world.post(HAL, session, Op::TakeOver(&message), json!({ "epoch": 7 })).refused("malformed");
    assert_eq!(world.log(session).entries.len(), 2);
    assert_eq!(world.post(OPS, session, Op::TakeOver(&message), "").is(200)["epoch"], 2);
    world.post(ADA, session, Op::Stop(&message), "").is(200);
    world.post(HAL, session, Op::TakeOver(&message), "").refused("messageStopped");
    let whole = world.say(BOT, session, "whole");
    world.post(HAL, session, Op::TakeOver(&whole), "").refused("messageStopped");
}

fn users_take_over_their_own_streams(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let begun = json!({ "type": "user", "status": "streaming" });
    let message = world.post(ADA, session, Op::AppendMessage, begun).is(201)["id"].as_str().expect("an id").to_owned();
    // By another device, which goes on with what is dictated.
    assert_eq!(world.post(ADA, session, Op::TakeOver(&message), "").is(200)["epoch"], 2);
    world.post(ADA, session, Op::AppendDelta(&message), json!({ "offset": 0, "text": "x" })).refused("producerFenced");
    world.post(BOT, session, Op::TakeOver(&message), "").refused("forbidden");
}

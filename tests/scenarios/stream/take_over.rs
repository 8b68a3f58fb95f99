//! A stream is taken over: the new producer is told its epoch and where to go on, and the stream is renewed.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, MINUTE_MS, World};
use serde_json::json;

use super::begin;

scenarios![a_stream_is_taken_over];

fn a_stream_is_taken_over(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "One, ");
    world.advance(MINUTE_MS - 1);
    let taken = world.post(HAL, session, Op::TakeOver(&message), "").is(200);
    assert_eq!((&taken["epoch"], &taken["nextOffset"]), (&json!(2), &json!(5)));
    let event = &world.log(session).entry(4)["events"][0];
    assert_eq!((&event["kind"], &event["message"], &event["epoch"]), (&json!("producerChanged"), &json!(message), &json!(2)));
    world.advance(MINUTE_MS - 1);
    let body = json!({ "offset": 5, "text": "two", "epoch": 2 });
    assert_eq!(world.post(HAL, session, Op::AppendDelta(&message), body).is(200)["nextOffset"], 8);
    let whole = world.post(HAL, session, Op::Complete(&message), json!({ "epoch": 2 })).is(200);
    assert_eq!((&whole["content"], &whole["status"]), (&json!("One, two"), &json!("complete")));
    assert_eq!(whole["author"]["id"], "bot", "who began it stays its author");
    assert_eq!(world.read(ADA, session)["messages"][0], whole);
}

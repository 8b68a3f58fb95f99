//! Lines name the epoch of a producer who took the stream over; without it they are fenced off, and what came before them stands.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{begin, lines};

scenarios![lines_name_their_epoch];

fn lines_name_their_epoch(world: &mut World) {
    let (session, message) = begin(world);
    lines(world, session, &message, &["{\"text\":\"One\"}"]).is(200);
    world.post(BOT, session, Op::TakeOver(&message), "").is(200);
    lines(world, session, &message, &["{\"text\":\", two\"}"]).refused("producerFenced");
    let mixed = ["{\"text\":\", two\",\"epoch\":2}", "{\"text\":\", three\",\"epoch\":1}", "{\"complete\":true,\"epoch\":2}"];
    lines(world, session, &message, &mixed).refused("producerFenced");
    assert_eq!(world.message(ADA, session, &message)["content"], "One, two");
    let rest = ["{\"text\":\", three\",\"epoch\":2}", "{\"complete\":{\"metadata\":{\"n\":3}},\"epoch\":2}"];
    let whole = lines(world, session, &message, &rest).is(200);
    assert_eq!((&whole["content"], &whole["status"]), (&json!("One, two, three"), &json!("complete")));
}

//! Whoever streams by lines is told between them that the stream is over, or somebody else's; asking changes nothing.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, HAL, World};

use super::begin;

scenarios![a_stream_is_looked_after_between_lines];

fn a_stream_is_looked_after_between_lines(world: &mut World) {
    let (session, message) = begin(world);
    let check = Op::CheckStream(&message);
    let lines = "{\"text\":\"a\"}\n{\"text\":\"b\",\"epoch\":1}\n\n";
    for body in ["", lines, "{\"text\":\"half a li"] {
        world.post(BOT, session, check, body).is(204);
    }
    world.post(HAL, session, check, lines).refused("forbidden");
    world.post(BEN, session, check, lines).refused("sessionNotFound");
    world.post(BOT, session, Op::TakeOver(&message), "").is(200);
    world.post(BOT, session, check, lines).refused("producerFenced");
    world.post(BOT, session, check, "{\"text\":\"c\",\"epoch\":2}\n").is(204);
    let entries = world.log(session).entries.len();
    world.post(ADA, session, Op::Stop(&message), "").is(200);
    world.post(BOT, session, check, "{\"epoch\":2}").refused("messageStopped");
    assert_eq!(world.log(session).entries.len(), entries + 1);
}

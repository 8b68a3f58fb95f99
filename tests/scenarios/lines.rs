//! A stream by lines: a whole stream in one request. Runs of text become one delta.

mod epoch;
mod failure;
mod first_part;
mod malformed;
mod offsets;
mod one_delta;
mod parts_and_completion;
mod producer;
mod refused;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, Answer, BOT, World};
use serde_json::json;

fn lines(world: &mut World, session: Id, message: &str, lines: &[&str]) -> Answer {
    world.post(BOT, session, Op::StreamLines(message), lines.join("\n"))
}

fn begin(world: &mut World) -> (Id, String) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    (session, message)
}

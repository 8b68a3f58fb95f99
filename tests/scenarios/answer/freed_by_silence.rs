//! An answer that fell silent for a minute gives its question free, without anybody having to clean up.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, MINUTE_MS, World};
use serde_json::json;

use super::answer_to;

scenarios![a_silent_answer_gives_the_message_free];

fn a_silent_answer_gives_the_message_free(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    world.post(BOT, session, Op::AppendMessage, answer_to(&question)).is(201);
    world.advance(MINUTE_MS);
    world.post(HAL, session, Op::AppendMessage, answer_to(&question)).is(201);
}

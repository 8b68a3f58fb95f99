//! An answer that names its question by `replyTo` claims it: a second agent's answer to the same message is refused, also after the
//! first one is complete. Another question is free.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, World};
use serde_json::json;

use super::answer_to;

scenarios![the_second_answer_is_refused];

fn the_second_answer_is_refused(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    let first = world.post(BOT, session, Op::AppendMessage, answer_to(&question)).is(201);
    assert_eq!(first["replyTo"], question);
    world.post(HAL, session, Op::AppendMessage, answer_to(&question)).refused("alreadyAnswering");
    world.post(BOT, session, Op::Complete(first["id"].as_str().expect("an id")), "").is(200);
    world.post(HAL, session, Op::AppendMessage, answer_to(&question)).refused("alreadyAnswering");
    // Another question is another matter.
    let other = world.say(ADA, session, "Why?");
    world.post(HAL, session, Op::AppendMessage, answer_to(&other)).is(201);
}

//! An answer that failed gives its question free, so that another agent may try.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, World};
use serde_json::json;

use super::answer_to;

scenarios![a_failed_answer_gives_the_message_free];

fn a_failed_answer_gives_the_message_free(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    let first = world.post(BOT, session, Op::AppendMessage, answer_to(&question)).is(201);
    let error = json!({ "error": { "code": "broken", "message": "It broke." } });
    world.post(BOT, session, Op::Fail(first["id"].as_str().expect("an id")), error).is(200);
    world.post(HAL, session, Op::AppendMessage, answer_to(&question)).is(201);
}

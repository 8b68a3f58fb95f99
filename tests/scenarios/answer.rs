//! `replyTo` claims: two agents never answer one message.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, MINUTE_MS, World};
use serde_json::{Value, json};

scenarios![
    the_second_answer_is_refused,
    a_failed_answer_gives_the_message_free,
    a_silent_answer_gives_the_message_free,
    an_answer_names_a_message_of_the_session,
    only_answers_claim,
];

fn answer_to(message: &str) -> Value {
    json!({ "type": "assistant", "status": "streaming", "replyTo": message })
}

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

fn a_failed_answer_gives_the_message_free(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    let first = world.post(BOT, session, Op::AppendMessage, answer_to(&question)).is(201);
    let error = json!({ "error": { "code": "broken", "message": "It broke." } });
    world.post(BOT, session, Op::Fail(first["id"].as_str().expect("an id")), error).is(200);
    world.post(HAL, session, Op::AppendMessage, answer_to(&question)).is(201);
}

fn a_silent_answer_gives_the_message_free(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    world.post(BOT, session, Op::AppendMessage, answer_to(&question)).is(201);
    world.advance(MINUTE_MS);
    world.post(HAL, session, Op::AppendMessage, answer_to(&question)).is(201);
}

fn an_answer_names_a_message_of_the_session(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let elsewhere = world.create(ADA, json!({}));
    let question = world.say(ADA, elsewhere, "Who?");
    world.post(BOT, session, Op::AppendMessage, answer_to(&question)).refused("messageNotFound");
}

fn only_answers_claim(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    let aside = json!({ "type": "user", "content": "I mean him.", "replyTo": question });
    world.post(ADA, session, Op::AppendMessage, aside).is(201);
    world.post(BOT, session, Op::AppendMessage, json!({ "type": "tool", "content": "{}", "replyTo": question })).is(201);
    world.post(BOT, session, Op::AppendMessage, answer_to(&question)).is(201);
}

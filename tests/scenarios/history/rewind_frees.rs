//! What was taken back claims nothing: its question may be answered again, and its id given again.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, World};
use serde_json::json;

scenarios![an_answer_taken_back_frees_its_question];

fn an_answer_taken_back_frees_its_question(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Why?");
    let answer = json!({ "id": world.new_id().to_string(), "type": "assistant", "content": "Because.", "replyTo": question });
    world.post(BOT, session, Op::AppendMessage, &answer).is(201);
    let other = json!({ "type": "assistant", "content": "42", "replyTo": question });
    world.post(HAL, session, Op::AppendMessage, &other).refused("alreadyAnswering");
    world.post(ADA, session, Op::Rewind, json!({ "through": question })).is(200);
    world.post(HAL, session, Op::AppendMessage, &other).is(201);
    world.post(ADA, session, Op::Rewind, json!({ "through": question })).is(200);
    world.post(BOT, session, Op::AppendMessage, &answer).is(201);
    assert_eq!(world.read(ADA, session)["messages"][1]["content"], "Because.");
    // To take the question back leaves what answers it without one.
    world.post(ADA, session, Op::Rewind, json!({ "through": null })).is(200);
    world.post(BOT, session, Op::AppendMessage, &answer).refused("messageNotFound");
}

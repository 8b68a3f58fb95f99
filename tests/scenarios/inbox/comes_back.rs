//! A message comes back when its answer fails, falls silent or is taken away, and another agent may answer it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, MINUTE_MS, World};
use serde_json::json;

use super::{turned, waits};

scenarios![a_message_whose_answer_came_to_nothing_comes_back];

fn a_message_whose_answer_came_to_nothing_comes_back(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    let answer = json!({ "type": "assistant", "status": "streaming", "replyTo": question });
    let first = world.post(BOT, session, Op::AppendMessage, &answer).is(201);
    let error = json!({ "error": { "code": "broken", "message": "It broke." } });
    world.post(BOT, session, Op::Fail(first["id"].as_str().expect("an id")), error).is(200);
    assert_eq!((waits(world, session), turned(world, session)), (Some(question.clone()), true));
    world.post(HAL, session, Op::AppendMessage, &answer).is(201);
    assert_eq!(waits(world, session), None);
    world.advance(MINUTE_MS);
    world.tick();
    assert_eq!((waits(world, session), turned(world, session)), (Some(question.clone()), true));
    let third = world.post(BOT, session, Op::AppendMessage, &answer).is(201);
    assert_eq!(waits(world, session), None);
    world.post(ADA, session, Op::RemoveMessage(third["id"].as_str().expect("an id")), "").is(204);
    assert_eq!(waits(world, session), Some(question));
}

//! What answers an older message, and what is no answer at all, leaves the newest one waiting.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::waits;

scenarios![what_answers_another_message_is_no_answer];

fn what_answers_another_message_is_no_answer(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let first = world.say(ADA, session, "Who?");
    let second = world.say(ADA, session, "Why?");
    let answer = |message: &str| json!({ "type": "assistant", "content": "So.", "replyTo": message });
    world.post(BOT, session, Op::AppendMessage, answer(&first)).is(201);
    assert_eq!(waits(world, session).as_deref(), Some(&*second));
    world.post(BOT, session, Op::AppendMessage, json!({ "type": "tool", "content": "{}", "replyTo": second })).is(201);
    assert_eq!(waits(world, session).as_deref(), Some(&*second));
    world.post(BOT, session, Op::AppendMessage, answer(&second)).is(201);
    assert_eq!(waits(world, session), None);
}

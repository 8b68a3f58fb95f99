//! Only an assistant's message claims. A user's remark or a tool's result may name the question as well and takes nothing away.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::answer_to;

scenarios![only_answers_claim];

fn only_answers_claim(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    let aside = json!({ "type": "user", "content": "I mean him.", "replyTo": question });
    world.post(ADA, session, Op::AppendMessage, aside).is(201);
    world.post(BOT, session, Op::AppendMessage, json!({ "type": "tool", "content": "{}", "replyTo": question })).is(201);
    world.post(BOT, session, Op::AppendMessage, answer_to(&question)).is(201);
}

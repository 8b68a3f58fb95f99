//! An answer that somebody stopped or talked over is an answer: nobody asked for another, and it keeps its claim.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, World};
use serde_json::json;

use super::waits;

scenarios![an_answer_that_was_cut_short_is_one];

fn an_answer_that_was_cut_short_is_one(world: &mut World) {
    for interrupted in [true, false] {
        let session = world.create(ADA, json!({}));
        let question = world.say(ADA, session, "Who?");
        let answer = json!({ "type": "assistant", "status": "streaming", "replyTo": question });
        let begun = world.post(BOT, session, Op::AppendMessage, &answer).is(201);
        let begun = begun["id"].as_str().expect("an id");
        let op = if interrupted { Op::Interrupt(begun) } else { Op::Stop(begun) };
        world.post(ADA, session, op, json!({})).is(200);
        assert_eq!(waits(world, session), None);
        world.post(HAL, session, Op::AppendMessage, &answer).refused("alreadyAnswering");
    }
}

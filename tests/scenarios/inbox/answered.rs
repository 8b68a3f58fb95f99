//! An answer takes the message out of the inbox as soon as it begins, whether it names the message or not.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{turned, waits};

scenarios![an_answer_that_begins_is_one];

fn an_answer_that_begins_is_one(world: &mut World) {
    for named in [true, false] {
        let session = world.create(ADA, json!({}));
        let question = world.say(ADA, session, "Who?");
        let mut answer = json!({ "type": "assistant", "status": "streaming" });
        if named {
            answer["replyTo"] = json!(question);
        }
        let answer = world.post(BOT, session, Op::AppendMessage, answer).is(201);
        assert_eq!((waits(world, session), turned(world, session)), (None, true));
        world.post(BOT, session, Op::Complete(answer["id"].as_str().expect("an id")), "").is(200);
        assert_eq!((waits(world, session), turned(world, session)), (None, false));
        let next = world.say(ADA, session, "Why?");
        assert_eq!(waits(world, session), Some(next));
    }
}

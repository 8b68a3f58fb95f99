//! `replyTo` names a message of the same session; one of another session is not found.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::answer_to;

scenarios![an_answer_names_a_message_of_the_session];

fn an_answer_names_a_message_of_the_session(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let elsewhere = world.create(ADA, json!({}));
    let question = world.say(ADA, elsewhere, "Who?");
    world.post(BOT, session, Op::AppendMessage, answer_to(&question)).refused("messageNotFound");
}

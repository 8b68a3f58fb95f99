//! A session that ended is forked like any other, and the fork goes on.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, World};
use serde_json::json;

use super::{fork, talk};

scenarios![an_ended_session_goes_on_as_a_fork];

fn an_ended_session_goes_on_as_a_fork(world: &mut World) {
    let (parent, _) = talk(world);
    world.advance(31 * MINUTE_MS);
    let (session, answer) = fork(world, ADA, parent, json!({}));
    assert_eq!(world.log(parent).ended.as_deref(), Some("idle"), "time ended it before it was read");
    let copy = answer.is(201);
    assert_eq!((&copy["isActive"], copy.get("ended")), (&json!(true), None));
    world.say(ADA, session, "Still there?");
    world.post(ADA, parent, Op::AppendMessage, json!({ "type": "user", "content": "x" })).refused("sessionEnded");
}

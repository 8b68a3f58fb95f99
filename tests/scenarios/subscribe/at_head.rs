//! Whoever subscribes from the newest head is sent nothing; somebody else's head is no way in.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World};
use serde_json::json;

scenarios![at_the_head_there_is_nothing_to_send];

fn at_the_head_there_is_nothing_to_send(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "Hello");
    let head = world.log(session).head();
    let answer = world.post(ADA, session, Op::Subscribe { since: Some(head) }, "");
    assert_eq!((answer.status, answer.version, answer.body.len()), (204, 2, 0));
    world.post(BEN, session, Op::Subscribe { since: Some(head) }, "").refused("sessionNotFound");
}

//! Whoever subscribes without a head is sent the state whole, with its chain, as the log has it.

use colloq_abi::Op;
use colloq_tests::page::state_of;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![without_a_head_the_state_is_sent];

fn without_a_head_the_state_is_sent(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let said = world.say(ADA, session, "Hello");
    let answer = world.post(ADA, session, Op::Subscribe { since: None }, "");
    let frame = answer.is(200);
    assert_eq!((&frame["kind"], &frame["session"], frame.get("reset")), (&json!("snapshot"), &json!(session.to_string()), None));
    let state = state_of(&frame, &answer.body);
    let head = world.log(session).head();
    assert_eq!((state.head.version, state.head.chain.0), (head.version, head.chain));
    assert!(state.message(said.parse().expect("an id")).is_some());
}

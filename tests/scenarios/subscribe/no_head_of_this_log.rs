//! Whoever subscribes from what is no head of this log, ahead of it or of another history, is sent the state and told to reset.

use colloq_abi::{Head, Op};
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![ahead_of_the_head_the_state_is_reset];

fn ahead_of_the_head_the_state_is_reset(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let head = world.log(session).head();
    for since in [Head { version: 7, ..head }, Head { chain: [9; 32], ..head }] {
        let answer = world.post(ADA, session, Op::Subscribe { since: Some(since) }, "").is(200);
        assert_eq!((&answer["kind"], &answer["reset"]), (&json!("snapshot"), &json!(true)));
    }
}

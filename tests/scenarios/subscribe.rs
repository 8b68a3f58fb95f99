//! Subscribing from a head: nothing where it is the newest, entries where it is behind, the whole state where it is no head of this log.

use colloq_abi::{Head, Op};
use colloq_tests::page::state_of;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World};
use serde_json::json;

scenarios![
    at_the_head_there_is_nothing_to_send,
    behind_the_head_entries_are_missing,
    ahead_of_the_head_the_state_is_reset,
    without_a_head_the_state_is_sent
];

fn at_the_head_there_is_nothing_to_send(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "Hello");
    let head = world.log(session).head();
    let answer = world.post(ADA, session, Op::Subscribe { since: Some(head) }, "");
    assert_eq!((answer.status, answer.version, answer.body.len()), (204, 2, 0));
    world.post(BEN, session, Op::Subscribe { since: Some(head) }, "").refused("sessionNotFound");
}

fn behind_the_head_entries_are_missing(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let behind = world.log(session).head();
    world.say(ADA, session, "Hello");
    for since in [behind, Head { version: 0, chain: [0; 32] }] {
        let answer = world.post(ADA, session, Op::Subscribe { since: Some(since) }, "");
        assert_eq!((answer.status, answer.version), (206, 2));
    }
}

fn ahead_of_the_head_the_state_is_reset(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let head = world.log(session).head();
    for since in [Head { version: 7, ..head }, Head { chain: [9; 32], ..head }] {
        let answer = world.post(ADA, session, Op::Subscribe { since: Some(since) }, "").is(200);
        assert_eq!((&answer["kind"], &answer["reset"]), (&json!("snapshot"), &json!(true)));
    }
}

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

//! A log from its beginning, and a snapshot with what follows, make one state, and whatever comes next is the same to the byte.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::page::state_of;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Answer, BOT, World, command};
use serde_json::json;

scenarios![log_and_snapshot_make_one_state];

fn snapshot_of(world: &mut World, session: Id) -> Answer {
    world.post(ADA, session, Op::Subscribe { since: None }, "")
}

/// A session that has seen a bit of everything.
fn eventful(world: &mut World) -> Id {
    let session = world.create(ADA, json!({ "title": "Long", "data": { "n": 0 } }));
    let client = world.new_id();
    for n in 1..=85 {
        world.advance(7);
        let question = world.say(ADA, session, &format!("Question {n}"));
        let begun = json!({ "type": "assistant", "status": "streaming", "replyTo": question, "metadata": { "apiCalls": [] } });
        let answer = world.post(BOT, session, Op::AppendMessage, begun).is(201)["id"].as_str().expect("an id").to_owned();
        world.delta(BOT, session, &answer, 0, "Gr\u{fc}\u{df}e ");
        if n < 85 {
            world.post(BOT, session, Op::Complete(&answer), json!({ "metadata": { "processingTime": n } })).is(200);
        }
        world.post(ADA, session, Op::RecordIssue(&format!("LIN-{n}")), json!({ "title": "t", "status": "open" })).is(200);
        let patch = if n % 2 == 0 { json!({ "n": n }) } else { json!([]) };
        world.submit(ADA, session, 0, &[command(client, n, json!({ "kind": "patchData", "patch": patch }))]);
    }
    session
}

fn log_and_snapshot_make_one_state(world: &mut World) {
    let session = eventful(world);
    let log = world.log(session);
    let snapshot = log.snapshot.clone().expect("the store was given a snapshot");
    assert!(snapshot.head.version >= 256 && snapshot.head.version < log.head().version, "a tail follows it");
    assert!(log.has(snapshot.head));

    let mut from_log = world.twin();
    from_log.log_mut(session).snapshot = None;
    let mut from_snapshot = world.twin();
    let here = snapshot_of(world, session);
    let there = snapshot_of(&mut from_log, session);
    assert_eq!(here, there);
    assert_eq!(here, snapshot_of(&mut from_snapshot, session));
    let state = state_of(&here.is(200), &here.body);
    assert_eq!(here.json()["state"]["digest"], state.digest().to_string());

    // And whatever comes next is the same to the byte.
    let message = json!({ "id": world.new_id().to_string(), "type": "user", "content": "Next" });
    for host in [&mut *world, &mut from_log, &mut from_snapshot] {
        host.post(ADA, session, Op::AppendMessage, &message).is(201);
    }
    assert_eq!(world.log(session).head(), from_log.log(session).head());
    assert_eq!(world.log(session).head(), from_snapshot.log(session).head());
}

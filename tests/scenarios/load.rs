//! Loading: a host that has a session not at hand makes it out of its log, or out of a snapshot and what follows. Both are one state.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::page::state_of;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Answer, BOT, Settings, World, command};
use serde_json::json;

scenarios![
    log_and_snapshot_make_one_state,
    entries_carry_a_digest_now_and_then,
    a_damaged_history_is_not_used,
    a_stream_goes_on_at_another_host,
    the_least_recent_leave_and_come_back,
];

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

fn entries_carry_a_digest_now_and_then(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for n in 2..=128 {
        world.say(ADA, session, &format!("{n}"));
    }
    let with_digest = (1..=128).filter(|version| world.log(session).entry(*version).get("digest").is_some());
    assert_eq!(with_digest.collect::<Vec<_>>(), [64, 128]);
    assert_eq!(world.twin().read(ADA, session)["version"], 128, "whoever loads it checks them");
}

fn a_damaged_history_is_not_used(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "one");
    world.say(ADA, session, "two");
    let damages: [fn(&mut World, Id); 3] = [
        |twin, session| drop(twin.log_mut(session).entries.remove(1)),
        |twin, session| twin.log_mut(session).entries[1] = b"{}".to_vec(),
        |twin, session| {
            let text = twin.log(session).text(2).replace("\"one\"", "\"won\"");
            twin.log_mut(session).entries[1] = text.into_bytes();
        },
    ];
    for damage in damages {
        let mut twin = world.twin();
        damage(&mut twin, session);
        let read = twin.send(ADA, session, Op::Read { messages: None }, "");
        assert_eq!(twin.take(read), [], "it is not answered from what cannot be trusted");
        assert_eq!(std::mem::take(&mut twin.damaged).len(), 1);
    }
}

fn a_stream_goes_on_at_another_host(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, "one ");
    let mut twin = world.twin();
    assert_eq!(twin.delta(BOT, session, &message, 4, "two"), 7);
    twin.post(BOT, session, Op::Complete(&message), "").is(200);
    assert_eq!(twin.message(ADA, session, &message)["content"], "one two");
}

fn the_least_recent_leave_and_come_back(world: &mut World) {
    let mut host = world.twin_with(Settings { sessions_max: 2, ..Settings::default() });
    let sessions: Vec<Id> = (0..4).map(|n| host.create(ADA, json!({ "title": format!("{n}") }))).collect();
    host.advance(1000);
    host.read(ADA, sessions[0]);
    let read_at = host.now;
    host.say(ADA, sessions[1], "Hello");
    host.read(ADA, sessions[2]);
    assert_eq!(host.log(sessions[0]).touched_ms, read_at, "the store was told of what it had not heard yet");
    for (n, session) in sessions.iter().enumerate() {
        assert_eq!(host.read(ADA, *session)["title"], format!("{n}"));
    }
    // What is on its way to the store keeps its session here.
    host.hold_appends();
    let held = host.send(ADA, sessions[0], Op::Update, json!({ "title": "Held" }));
    for session in &sessions[1..] {
        host.read(ADA, *session);
    }
    host.release();
    assert_eq!(host.answer(held).is(200)["title"], "Held");
    assert_eq!(host.read(ADA, sessions[0])["title"], "Held");
}

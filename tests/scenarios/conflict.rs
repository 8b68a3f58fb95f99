//! Conflicts: another host appended first. What was missed is applied, what it settles is settled, the rest is decided again.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, World, command, frame};
use serde_json::{Value, json};

scenarios![
    missed_entries_come_first,
    a_command_among_the_missed_is_settled,
    a_rejected_command_among_the_missed_is_settled,
    the_rest_is_decided_again,
    a_rejection_on_top_is_decided_again,
    two_hosts_create_one_session,
    conflicts_follow_each_other,
    a_whole_other_history_is_taken,
    another_history_may_not_know_the_client,
];

fn contents(world: &mut World, session: Id) -> Vec<Value> {
    let read = world.read(ADA, session);
    read["messages"].as_array().expect("messages").iter().map(|message| message["content"].clone()).collect()
}

fn hello(content: &str) -> Value {
    json!({ "type": "user", "content": content })
}

/// A session and another host that knows it.
fn two_hosts(world: &mut World) -> (Id, World) {
    let session = world.create(ADA, json!({}));
    (session, world.twin())
}

fn missed_entries_come_first(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    other.say(ADA, session, "theirs");
    world.hold_appends();
    let mine = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    world.conflict_with(&other, session);
    world.release();
    let answer = world.answer(mine);
    assert_eq!((answer.version, answer.is(201)["content"].clone()), (3, json!("mine")));
    assert_eq!(contents(world, session), ["theirs", "mine"]);
}

fn a_command_among_the_missed_is_settled(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    let client = world.new_id();
    let append = |seq, content: &str| command(client, seq, json!({ "kind": "appendMessage", "message": hello(content) }));
    // A page that lost its host came back to another one, and sent again what it had no word of.
    other.submit(ADA, session, 1, &[append(1, "one")]);
    world.hold_appends();
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 1, &[append(1, "one"), append(2, "two")]));
    world.conflict_with(&other, session);
    world.release();
    assert_eq!(world.frames(submitted), [json!(null); 0]);
    assert_eq!(contents(world, session), ["one", "two"]);
    assert_eq!(world.log(session).entry(3)["command"], json!([client.to_string(), 2]));
}

fn a_rejected_command_among_the_missed_is_settled(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    let client = world.new_id();
    let end = command(client, 1, json!({ "kind": "rename", "title": "T" }));
    other.post(ADA, session, Op::End, "").is(200);
    other.submit(ADA, session, 1, std::slice::from_ref(&end));
    world.hold_appends();
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 1, &[end]));
    world.conflict_with(&other, session);
    world.release();
    let frames = world.frames(submitted);
    assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("sessionEnded")));
    assert_eq!(world.log(session).entries.len(), 3, "it is on record once");
}

fn the_rest_is_decided_again(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    other.post(ADA, session, Op::End, "").is(200);
    world.hold_appends();
    let client = world.new_id();
    let by_http = world.send(ADA, session, Op::AppendMessage, hello("late"));
    let rename = command(client, 1, json!({ "kind": "rename", "title": "Late" }));
    let by_frame = world.send(ADA, session, Op::Submit, frame(session, 1, &[rename]));
    world.conflict_with(&other, session);
    world.release();
    world.answer(by_http).refused("sessionEnded");
    assert_eq!(world.frames(by_frame)[0]["code"], "sessionEnded");
    assert_eq!(world.log(session).entry(3)["outcome"], "sessionEnded");
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
}

fn a_rejection_on_top_is_decided_again(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    other.post(ADA, session, Op::End, "").is(200);
    let id = world.new_id().to_string();
    let message = json!({ "id": id, "type": "user", "content": "late" });
    world.hold_appends();
    let renamed = world.send(ADA, session, Op::Update, json!({ "title": "T" }));
    let sent = world.send(ADA, session, Op::AppendMessage, &message);
    let again = world.send(ADA, session, Op::AppendMessage, &message);
    world.conflict_with(&other, session);
    world.release();
    world.answer(renamed).refused("sessionEnded");
    world.answer(sent).refused("sessionEnded");
    // Its id was taken only in a history that never was.
    world.answer(again).refused("sessionEnded");
}

fn two_hosts_create_one_session(world: &mut World) {
    let mut other = world.twin();
    let session = world.new_id();
    other.post(BEN, session, Op::Create, json!({})).is(201);
    world.hold_appends();
    let created = world.send(ADA, session, Op::Create, json!({}));
    let said = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    world.conflict_with(&other, session);
    world.release();
    world.answer(created).refused("idTaken");
    world.answer(said).refused("sessionNotFound");
    assert_eq!(world.read(BEN, session)["userId"], "ben");
}

fn conflicts_follow_each_other(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    world.hold_appends();
    let mine = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    for content in ["one", "two"] {
        other.say(ADA, session, content);
        world.conflict_with(&other, session);
        assert!(world.release_one());
        assert_eq!((world.take(mine), world.held()), (vec![], vec![1]));
    }
    world.release();
    assert_eq!(world.answer(mine).version, 4);
    assert_eq!(contents(world, session), ["one", "two", "mine"]);
}

fn a_whole_other_history_is_taken(world: &mut World) {
    let mut other = world.twin();
    let session = world.create(ADA, json!({ "title": "Lost" }));
    world.say(ADA, session, "lost");
    let lost = world.log(session).head();
    other.post(ADA, session, Op::Create, json!({ "title": "Restored" })).is(201);
    other.say(ADA, session, "restored");
    world.hold_appends();
    let mine = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    world.conflict_with(&other, session);
    world.release();
    assert_eq!(world.answer(mine).version, 3);
    assert_eq!(world.read(ADA, session)["title"], "Restored");
    assert_eq!(contents(world, session), ["restored", "mine"]);
    let ahead = colloq_abi::Head { version: 3, ..lost };
    let snapshot = world.post(ADA, session, Op::Subscribe { since: Some(ahead) }, "").is(200);
    assert_eq!(snapshot["reset"], true);
}

fn another_history_may_not_know_the_client(world: &mut World) {
    let mut other = world.twin();
    let session = world.create(ADA, json!({}));
    let client = world.new_id();
    let rename = |seq| command(client, seq, json!({ "kind": "rename", "title": format!("{seq}") }));
    world.submit(ADA, session, 1, &[rename(1), rename(2)]);
    other.post(ADA, session, Op::Create, json!({})).is(201);
    world.hold_appends();
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 3, &[rename(3)]));
    let said = world.send(BOT, session, Op::AppendMessage, json!({ "type": "assistant", "content": "Hi" }));
    world.conflict_with(&other, session);
    world.release();
    // One and two are gone, and three without them is not what its client meant.
    assert_eq!(world.frames(submitted)[0]["code"], "clientForgotten");
    world.answer(said).is(201);
    assert_eq!(world.read(ADA, session).get("title"), None);
    assert_eq!(world.log(session).entries.len(), 2);
}

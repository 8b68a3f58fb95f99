//! Durable first: nothing leaves before every entry that it rests on is in the store. One append in flight a session.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, MINUTE_MS, Ticket, World, command, frame};
use serde_json::json;

scenarios![
    nothing_shows_before_it_is_stored,
    a_rejection_waits_for_what_it_rests_on,
    rejected_frames_wait_as_well,
    a_session_is_not_there_before_it_is_stored,
    its_end_is_stored_before_it_is_told,
    commands_meanwhile_go_together_as_the_next_append,
    sessions_do_not_wait_for_each_other,
    a_failed_append_fails_what_rests_on_it,
];

const READ: Op<'_> = Op::Read { messages: None };

/// Sends a message that brings its id.
fn send_message(world: &mut World, session: colloq_core::Id, id: &str) -> Ticket {
    world.send(ADA, session, Op::AppendMessage, json!({ "id": id, "type": "user", "content": "Hello" }))
}

fn nothing_shows_before_it_is_stored(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let (before, head) = (world.post(ADA, session, READ, ""), world.log(session).head());
    world.hold_appends();
    let id = world.new_id().to_string();
    let sent = send_message(world, session, &id);
    assert_eq!(world.take(sent), []);
    assert_eq!(world.post(ADA, session, READ, ""), before);
    world.post(ADA, session, Op::ReadMessage(&id), "").refused("messageNotFound");
    assert_eq!(world.post(ADA, session, Op::ListMessages { before: None, limit: 9 }, "").is(200)["items"], json!([]));
    world.post(ADA, session, Op::Subscribe { since: Some(head) }, "").is(204);
    let snapshot = world.post(ADA, session, Op::Subscribe { since: None }, "").is(200);
    assert_eq!((&snapshot["state"]["version"], &snapshot["state"]["messages"]), (&json!(1), &json!([])));
    world.release();
    assert_eq!(world.answer(sent).is(201)["id"], id);
    assert_eq!(world.message(ADA, session, &id)["content"], "Hello");
}

fn a_rejection_waits_for_what_it_rests_on(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let id = world.new_id().to_string();
    world.hold_appends();
    let sent = send_message(world, session, &id);
    // Taken, but by a message that may never be.
    let again = send_message(world, session, &id);
    assert_eq!((world.take(sent), world.take(again)), (vec![], vec![]));
    assert_eq!(world.held(), [1]);
    world.release();
    world.answer(sent).is(201);
    world.answer(again).refused("idTaken");
    // What rests on nothing does not wait.
    world.hold_appends();
    let at_once = send_message(world, session, &id);
    world.answer(at_once).refused("idTaken");
}

fn rejected_frames_wait_as_well(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    world.hold_appends();
    let rename = |seq| command(client, seq, json!({ "kind": "rename", "title": "T" }));
    let first = world.send(ADA, session, Op::Submit, frame(session, 1, &[rename(1)]));
    let wrong = command(client, 2, json!({ "kind": "patchData", "patch": [] }));
    let second = world.send(ADA, session, Op::Submit, frame(session, 1, &[wrong, rename(4)]));
    assert_eq!((world.frames(first), world.frames(second)), (vec![], vec![]));
    assert!(world.release_one());
    let gap = world.frames(second);
    assert_eq!(gap, [json!(null); 0], "both rest on the second append");
    world.release();
    let codes: Vec<_> = world.frames(second).iter().map(|frame| frame["code"].clone()).collect();
    assert_eq!(codes, ["invalid", "seqGap"]);
}

fn a_session_is_not_there_before_it_is_stored(world: &mut World) {
    let session = world.new_id();
    world.hold_appends();
    let created = world.send(ADA, session, Op::Create, json!({}));
    let read = world.send(ADA, session, READ, "");
    let said = world.send(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "Hello" }));
    let his = world.send(BEN, session, READ, "");
    for ticket in [created, read, said, his] {
        assert_eq!(world.take(ticket), []);
    }
    world.release();
    world.answer(created).is(201);
    world.answer(read).is(200);
    world.answer(said).is(201);
    world.answer(his).refused("sessionNotFound");
}

fn its_end_is_stored_before_it_is_told(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(30 * MINUTE_MS + 1);
    world.hold_appends();
    let read = world.send(ADA, session, READ, "");
    let said = world.send(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "Late" }));
    assert_eq!((world.take(read), world.take(said)), (vec![], vec![]));
    world.release();
    assert_eq!(world.answer(read).is(200)["ended"]["reason"], "idle");
    world.answer(said).refused("sessionEnded");
}

fn commands_meanwhile_go_together_as_the_next_append(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let tickets: Vec<Ticket> = (0..4).map(|n| world.send(ADA, session, Op::Update, json!({ "title": format!("{n}") }))).collect();
    assert_eq!(world.held(), [1], "one append is in flight");
    assert!(world.release_one());
    assert_eq!(world.held(), [3]);
    assert_eq!(world.answer(tickets[0]).is(200)["title"], "0");
    assert_eq!(world.take(tickets[1]), []);
    world.release();
    let titles: Vec<_> = tickets[1..].iter().map(|ticket| world.answer(*ticket).is(200)["title"].clone()).collect();
    assert_eq!(titles, ["1", "2", "3"], "each saw its own effect");
}

fn sessions_do_not_wait_for_each_other(world: &mut World) {
    let (one, other) = (world.create(ADA, json!({})), world.create(ADA, json!({})));
    world.hold_appends();
    let first = world.send(ADA, one, Op::Update, json!({ "title": "One" }));
    let second = world.send(ADA, other, Op::Update, json!({ "title": "Other" }));
    assert_eq!(world.held(), [1, 1]);
    world.release();
    world.answer(first).is(200);
    world.answer(second).is(200);
}

fn a_failed_append_fails_what_rests_on_it(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let id = world.new_id().to_string();
    world.hold_appends();
    let sent = send_message(world, session, &id);
    let again = send_message(world, session, &id);
    let rename = command(client, 1, json!({ "kind": "rename", "title": "T" }));
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 1, &[rename]));
    world.drop_append(session, "storeUnavailable");
    world.answer(sent).refused("storeUnavailable");
    world.answer(again).refused("storeUnavailable");
    assert_eq!(world.frames(submitted)[0]["code"], "storeUnavailable");
    world.release();
    // It is as if they had never been sent.
    let read = world.read(ADA, session);
    assert_eq!((&read["version"], &read["messages"]), (&json!(1), &json!([])));
    let sent = send_message(world, session, &id);
    assert_eq!(world.answer(sent).version, 2);
}

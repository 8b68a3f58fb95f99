//! The same request reaches two hosts at once, one by a retry: the store lets one of them win, and the other answers as that one did.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{hello, say};

scenarios![a_key_at_two_hosts_is_decided_once, a_key_that_another_host_used_otherwise_is_refused, a_key_of_another_history_is_known];

fn a_key_at_two_hosts_is_decided_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut other = world.twin();
    other.read(ADA, session);
    let batch = json!({ "commands": [{ "kind": "appendMessage", "message": hello("Batched") }] });
    let never = world.new_id().to_string();
    world.hold_appends();
    let mine = world.send_once(ADA, session, "a", Op::AppendMessage, hello("Hello"));
    let my_batch = world.send_once(ADA, session, "b", Op::Commands, &batch);
    let my_stop = world.send_once(ADA, session, "c", Op::Stop(&never), "");
    let won = say(&mut other, session, "a", "Hello");
    let won_batch = other.post_once(ADA, session, "b", Op::Commands, &batch);
    let won_stop = other.post_once(ADA, session, "c", Op::Stop(&never), "");
    other.say(BOT, session, "Hi");
    world.conflict_with(&other, session);
    world.release();
    assert_eq!(world.answer(mine), won);
    assert_eq!(world.answer(my_batch), won_batch);
    world.answer(my_stop).refused("messageNotFound");
    won_stop.refused("messageNotFound");
    assert_eq!(world.log(session).entries.len(), 5, "each was decided once");
}

fn a_key_that_another_host_used_otherwise_is_refused(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut other = world.twin();
    other.read(ADA, session);
    world.hold_appends();
    let mine = world.send_once(ADA, session, "a", Op::AppendMessage, hello("Bye"));
    let after = world.send(ADA, session, Op::AppendMessage, hello("After"));
    say(&mut other, session, "a", "Hello").is(201);
    let rejected = other.send_once(ADA, session, "b", Op::RemoveMessage(&session.to_string()), "");
    other.answer(rejected).refused("messageNotFound");
    world.conflict_with(&other, session);
    world.release();
    world.answer(mine).refused("idempotencyMismatch");
    world.answer(after).is(201);
    world.post_once(ADA, session, "b", Op::RemoveMessage(&session.to_string()), "").refused("messageNotFound");
    assert_eq!(world.log(session).entries.len(), 4);
}

fn a_key_of_another_history_is_known(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut other = world.apart(colloq_tests::world::Settings::default());
    other.post(ADA, session, Op::Create, json!({ "title": "Restored" })).is(201);
    let won = say(&mut other, session, "a", "Hello");
    world.hold_appends();
    let mine = world.send_once(ADA, session, "a", Op::AppendMessage, hello("Hello"));
    world.conflict_with(&other, session);
    world.release();
    assert_eq!(world.answer(mine), won);
    assert_eq!(world.log(session).entries.len(), 2);
}

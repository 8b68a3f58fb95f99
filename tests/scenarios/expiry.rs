//! Time: a session ends when nobody was active for long enough, or when it is old; whoever looks first finds it ended.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, MINUTE_MS, OPS, World};
use serde_json::json;

scenarios![
    an_idle_session_ends_by_a_tick,
    an_idle_session_ends_by_a_read,
    an_idle_session_ends_by_a_write,
    reads_by_users_slide_and_others_do_not,
    writes_slide,
    an_old_session_ends_however_busy_it_is,
    a_session_without_limits_of_time_stays,
    a_store_that_says_a_session_is_due_is_told_the_truth,
    a_store_hears_of_activity_now_and_then,
];

const IDLE_MS: u64 = 30 * MINUTE_MS;
const ABSOLUTE_MS: u64 = 24 * 60 * MINUTE_MS;

/// How the log says that it ended; nothing while it goes on.
fn end(world: &World, session: Id) -> Option<String> {
    world.log(session).ended.clone()
}

fn an_idle_session_ends_by_a_tick(world: &mut World) {
    let session = world.create(ADA, json!({}));
    assert_eq!(world.wake_at, Some(world.now + IDLE_MS));
    assert_eq!(world.log(session).deadline_ms, Some(world.now + IDLE_MS));
    world.advance(IDLE_MS - 1);
    world.tick();
    assert_eq!(end(world, session), None);
    world.advance(2);
    world.tick();
    assert_eq!(end(world, session).as_deref(), Some("idle"));
    let entry = world.log(session).entry(2);
    assert_eq!((&entry["stamp"]["actor"]["role"], &entry["stamp"]["now"]), (&json!("system"), &json!(world.now)));
    assert_eq!(world.log(session).deadline_ms, None);
    world.tick();
    assert_eq!(world.log(session).entries.len(), 2, "it ends once");
}

fn an_idle_session_ends_by_a_read(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(IDLE_MS - 1);
    assert_eq!(world.read(OPS, session)["isActive"], true);
    world.advance(2);
    let read = world.read(ADA, session);
    assert_eq!((&read["isActive"], &read["ended"]["reason"]), (&json!(false), &json!("idle")));
    assert_eq!(read["lastActivity"], "2026-01-01T00:30:00.001Z");
}

fn an_idle_session_ends_by_a_write(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(IDLE_MS + 1);
    world.post(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "Late" })).refused("sessionEnded");
    assert_eq!(end(world, session).as_deref(), Some("idle"));
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
}

fn reads_by_users_slide_and_others_do_not(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(IDLE_MS - 1);
    assert_eq!(world.read(ADA, session)["isActive"], true);
    world.advance(IDLE_MS - 1);
    assert_eq!(world.read(OPS, session)["isActive"], true);
    assert_eq!(world.read(BOT, session)["isActive"], true);
    world.advance(2);
    assert_eq!(world.read(OPS, session)["isActive"], false);
}

fn writes_slide(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for who in [ADA, BOT, ADA] {
        world.advance(IDLE_MS - 1);
        world.say(who, session, "Still here");
    }
    assert_eq!(world.log(session).deadline_ms, Some(world.now + IDLE_MS));
    world.advance(IDLE_MS + 1);
    world.tick();
    assert_eq!(end(world, session).as_deref(), Some("idle"));
}

fn an_old_session_ends_however_busy_it_is(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let last = world.now + ABSOLUTE_MS;
    while world.now + IDLE_MS - 1 < last {
        world.advance(IDLE_MS - 1);
        world.say(ADA, session, "Busy");
    }
    world.now = last - 1;
    assert_eq!(world.read(ADA, session)["isActive"], true);
    world.advance(2);
    assert_eq!(world.read(ADA, session)["ended"]["reason"], "absolute");
}

fn a_session_without_limits_of_time_stays(world: &mut World) {
    let session = world.create(OPS, json!({ "userId": "ada", "limits": { "idleMs": null, "absoluteMs": null } }));
    assert_eq!(world.wake_at, None);
    world.advance(1000 * ABSOLUTE_MS);
    world.tick();
    assert_eq!(world.read(ADA, session)["isActive"], true);
}

fn a_store_that_says_a_session_is_due_is_told_the_truth(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(IDLE_MS / 32);
    world.read(ADA, session);
    assert_eq!(world.log(session).deadline_ms, Some(world.now - IDLE_MS / 32 + IDLE_MS));
    world.due(session);
    assert_eq!(world.log(session).deadline_ms, Some(world.now + IDLE_MS), "there was activity that the store had not heard of");
    assert_eq!(end(world, session), None);
    // Another host, which has the session not at hand, loads it and ends it.
    let mut twin = world.twin();
    twin.advance(IDLE_MS);
    twin.due(session);
    assert_eq!(end(&twin, session).as_deref(), Some("idle"));
}

fn a_store_hears_of_activity_now_and_then(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let began = world.now;
    world.advance(IDLE_MS / 16 - 1);
    world.read(ADA, session);
    assert_eq!(world.log(session).touched_ms, began);
    world.advance(1);
    world.read(ADA, session);
    assert_eq!(world.log(session).touched_ms, began + IDLE_MS / 16);
    assert_eq!(world.log(session).entries.len(), 1, "activity stands beside the log");
}

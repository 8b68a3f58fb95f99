//! A session that nobody used for `idleMs` ends, and whoever looks first finds it ended: a tick, a read or a write. It ends once.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World};
use serde_json::json;

use super::{IDLE_MS, end};

scenarios![an_idle_session_ends_by_a_tick, an_idle_session_ends_by_a_read, an_idle_session_ends_by_a_write];

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
    assert_eq!(world.log(session).deadline_ms, Some(world.now + 30 * 24 * 3_600_000), "the end of its retention");
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
    assert_eq!(read["lastActivity"], "2026-01-01T00:00:00.000Z", "it had ended before it was read");
}

fn an_idle_session_ends_by_a_write(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(IDLE_MS + 1);
    world.post(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "Late" })).refused("sessionEnded");
    assert_eq!(end(world, session).as_deref(), Some("idle"));
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
}

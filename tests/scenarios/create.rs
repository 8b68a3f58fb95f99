//! Creating a session: what it begins with, and which ids may begin one.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEGIN_MS, BEN, BOT, GUEST, MINUTE_MS, OPS, Settings, World, default_limits};
use serde_json::json;

scenarios![
    a_session_begins_with_defaults,
    a_session_begins_with_what_it_is_given,
    an_old_id_creates_nothing,
    an_id_from_the_future_creates_nothing,
    a_taken_id_is_refused_to_everybody,
    a_user_creates_only_for_themselves,
    an_operator_creates_for_a_user,
    an_agent_creates_nothing,
    a_guest_is_anonymous,
    a_host_changes_the_defaults,
    nothing_wrong_begins,
];

const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

fn a_session_begins_with_defaults(world: &mut World) {
    let session = world.new_id();
    let answer = world.post(ADA, session, Op::Create, json!({}));
    assert_eq!(answer.version, 1);
    let expected = json!({
        "id": session.to_string(),
        "app": "default",
        "userId": "ada",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "lastActivity": "2026-01-01T00:00:00.000Z",
        "isActive": true,
        "version": 1,
        "hasEarlier": false,
        "context": { "recentIssues": [], "userPreferences": { "language": "en", "responseFormat": "brief" } },
        "data": {},
        "auth": { "state": "authenticated", "since": "2026-01-01T00:00:00.000Z", "generation": 0 },
        "limits": default_limits(),
        "messages": [],
    });
    assert_eq!(answer.is(201), expected);
    assert_eq!(world.read(ADA, session), expected);
    assert_eq!(world.log(session).events(1), ["sessionCreated"]);
    assert_eq!(world.log(session).user, "ada");
}

fn a_session_begins_with_what_it_is_given(world: &mut World) {
    let context = json!({
        "activeProject": { "id": "p1", "name": "Colloquy", "type": "codegen" },
        "recentIssues": [{ "id": "LIN-1", "title": "Begin", "status": "open" }],
        "userPreferences": { "language": "de", "responseFormat": "detailed" },
    });
    let body =
        json!({ "title": "Plans", "data": { "theme": "dark" }, "context": context, "limits": { "maxMessages": 10, "idleMs": 60000 } });
    let session = world.create(ADA, body);
    let read = world.read(ADA, session);
    assert_eq!(read["title"], "Plans");
    assert_eq!(read["data"], json!({ "theme": "dark" }));
    assert_eq!(read["context"], context);
    assert_eq!((&read["limits"]["maxMessages"], &read["limits"]["idleMs"]), (&json!(10), &json!(60000)));
    assert_eq!(read["limits"]["absoluteMs"], default_limits()["absoluteMs"]);
}

fn an_old_id_creates_nothing(world: &mut World) {
    // Tombstones are kept for 30 days, so an older id might be one of an erased session.
    let old = Id::mint(BEGIN_MS - 30 * DAY_MS - 1, world.entropy());
    world.post(ADA, old, Op::Create, json!({})).invalid("/id", "idTime");
    let just = Id::mint(BEGIN_MS - 30 * DAY_MS, world.entropy());
    world.post(ADA, just, Op::Create, json!({})).is(201);
    world.post(ADA, old, Op::Read { messages: None }, "").refused("sessionNotFound");
}

fn an_id_from_the_future_creates_nothing(world: &mut World) {
    let future = Id::mint(BEGIN_MS + MINUTE_MS + 1, world.entropy());
    world.post(ADA, future, Op::Create, json!({})).invalid("/id", "idTime");
    // Clocks differ a little.
    let near = Id::mint(BEGIN_MS + MINUTE_MS, world.entropy());
    world.post(ADA, near, Op::Create, json!({})).is(201);
}

fn a_taken_id_is_refused_to_everybody(world: &mut World) {
    let session = world.create(ADA, json!({ "title": "Mine" }));
    let hers = world.post(ADA, session, Op::Create, json!({}));
    let his = world.post(BEN, session, Op::Create, json!({}));
    hers.refused("idTaken");
    assert_eq!(hers.body, his.body, "who asks learns nothing of whose it is");
    assert_eq!(world.log(session).entries.len(), 1);
    // Also where the host has to find it in the store first.
    let mut twin = world.twin();
    twin.post(BEN, session, Op::Create, json!({})).refused("idTaken");
    assert_eq!(twin.read(ADA, session)["title"], "Mine");
}

fn a_user_creates_only_for_themselves(world: &mut World) {
    let session = world.new_id();
    world.post(ADA, session, Op::Create, json!({ "userId": "ben" })).refused("forbidden");
    world.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
    let answer = world.post(ADA, session, Op::Create, json!({ "userId": "ada" })).is(201);
    assert_eq!(answer["userId"], "ada");
}

fn an_operator_creates_for_a_user(world: &mut World) {
    let session = world.create(OPS, json!({ "userId": "ada" }));
    assert_eq!(world.read(ADA, session)["userId"], "ada");
    world.post(BEN, session, Op::Read { messages: None }, "").refused("sessionNotFound");
}

fn an_agent_creates_nothing(world: &mut World) {
    let session = world.new_id();
    world.post(BOT, session, Op::Create, json!({})).refused("forbidden");
}

fn a_guest_is_anonymous(world: &mut World) {
    let session = world.create(GUEST, json!({}));
    assert_eq!(world.read(GUEST, session)["auth"]["state"], "anonymous");
}

fn a_host_changes_the_defaults(world: &mut World) {
    let limits = json!({ "maxMessages": 2, "idleMs": null }).to_string();
    let mut host = world.twin_with(Settings { limits, ..Settings::default() });
    let session = host.create(ADA, json!({}));
    let limits = host.read(ADA, session)["limits"].clone();
    assert_eq!((&limits["maxMessages"], &limits["idleMs"]), (&json!(2), &json!(null)));
    assert_eq!(limits["absoluteMs"], default_limits()["absoluteMs"]);
    let other = host.new_id();
    host.post(ADA, other, Op::Create, json!({ "limits": { "maxMessages": 3 } })).refused("forbidden");
    host.post(ADA, other, Op::Create, json!({ "limits": { "maxMessages": 1 } })).is(201);
    // The session keeps them wherever it goes.
    assert_eq!(host.twin_with(Settings::default()).read(ADA, session)["limits"], limits);
}

fn nothing_wrong_begins(world: &mut World) {
    let session = world.new_id();
    let issue = json!({ "id": "LIN-1", "title": "", "status": "open" });
    for (body, pointer, code) in [
        (json!({ "title": "x".repeat(1025) }), "/title", "tooLong"),
        (json!({ "data": [] }), "/data", "object"),
        (json!({ "context": { "recentIssues": [issue, issue] } }), "/context/recentIssues", "context"),
        (json!({ "context": { "userPreferences": { "language": "" } } }), "/context/userPreferences/language", "context"),
        (json!({ "limits": { "maxMessages": 0 } }), "/limits/maxMessages", "range"),
    ] {
        world.post(ADA, session, Op::Create, body).invalid(pointer, code);
    }
    world.post(OPS, session, Op::Create, json!({ "userId": "a\nb" })).invalid("/userId", "userId");
    for body in ["{", "[]", r#"{"colour":"red"}"#, r#"{"data":{"a":1,"a":2}}"#] {
        world.post(ADA, session, Op::Create, body).refused("malformed");
    }
    world.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
}

//! A session that is given nothing begins with the defaults, active, at version 1, and belongs to whoever created it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, default_limits};
use serde_json::json;

scenarios![a_session_begins_with_defaults];

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

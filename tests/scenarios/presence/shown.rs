//! Everybody who follows a session is shown who is there: by link, in which role, since when and doing what.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::present;

scenarios![who_is_there_is_shown];

fn who_is_there_is_shown(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let alone = present(world, ADA, session, 7, json!({})).is(200);
    assert_eq!((&alone["kind"], &alone["session"]), (&json!("presence"), &json!(session.to_string())));
    world.advance(1000);
    present(world, BOT, session, 8, json!({ "typing": true, "data": { "tool": "search" } })).is(200);
    world.advance(1000);
    // Her second device, and what she does at the first one.
    present(world, ADA, session, 9, json!({ "away": true })).is(200);
    let all = present(world, ADA, session, 7, json!({ "typing": true })).is(200);
    let (since, later) = ("2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.000Z");
    assert_eq!(
        all["links"],
        json!([
            { "link": 7, "role": "user", "id": "ada", "since": later, "state": { "typing": true } },
            { "link": 8, "role": "agent", "id": "bot", "since": since, "state": { "typing": true, "data": { "tool": "search" } } },
            { "link": 9, "role": "user", "id": "ada", "since": later, "state": { "away": true } },
        ])
    );
    assert_eq!(world.log(session).entries.len(), 1, "it is never logged");
}

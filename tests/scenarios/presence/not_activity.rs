//! An open page is no talk: presence keeps no session alive, and an ended session ends though somebody types.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, World};
use serde_json::json;

use super::present;

scenarios![presence_is_no_activity];

fn presence_is_no_activity(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for _ in 0..30 {
        world.advance(MINUTE_MS - 1);
        present(world, ADA, session, 1, json!({ "typing": true })).is(200);
    }
    assert_eq!(world.log(session).ended, None);
    world.advance(30);
    present(world, ADA, session, 1, json!({ "typing": true })).is(200);
    assert_eq!(world.log(session).ended.as_deref(), Some("idle"));
    let read = world.read(ADA, session);
    assert_eq!(read["lastActivity"], "2026-01-01T00:00:00.000Z", "what has ended is read without activity");
    assert_eq!(world.twin().read(ADA, session), read);
}

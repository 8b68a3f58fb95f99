//! A session that is away ends in time: the store's index knows its deadline, and nothing in the module is left of it.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, World};
use serde_json::json;

scenarios![who_is_away_ends_in_time];

fn who_is_away_ends_in_time(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "idleMs": 5 * MINUTE_MS } }));
    world.advance(MINUTE_MS);
    world.read(ADA, session);
    let deadline = world.now + 5 * MINUTE_MS;
    assert_eq!(world.rest(0), [session]);
    assert_eq!((world.wake_at, world.log(session).deadline_ms), (None, Some(deadline)));
    world.now = deadline;
    world.tick();
    assert_eq!(world.log(session).ended, None, "the module knows nothing of it");
    world.due(session);
    assert_eq!(world.log(session).ended.as_deref(), Some("idle"));
    assert_eq!(world.read(ADA, session)["isActive"], false);
}

//! A session without limits of time never ends by itself, and the module does not ask to be woken for it.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World};
use serde_json::json;

use super::ABSOLUTE_MS;

scenarios![a_session_without_limits_of_time_stays];

fn a_session_without_limits_of_time_stays(world: &mut World) {
    let session = world.create(OPS, json!({ "userId": "ada", "limits": { "idleMs": null, "absoluteMs": null } }));
    assert_eq!(world.wake_at, None);
    world.advance(1000 * ABSOLUTE_MS);
    world.tick();
    assert_eq!(world.read(ADA, session)["isActive"], true);
}

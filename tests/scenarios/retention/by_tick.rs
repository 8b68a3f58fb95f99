//! A host that has an ended session at hand wakes when its retention is over, and erases it though nobody asks.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, World};
use serde_json::json;

use super::{RETAIN_MS, ended};

scenarios![a_host_wakes_to_erase, time_ends_and_erases_by_itself];

fn a_host_wakes_to_erase(world: &mut World) {
    let session = ended(world);
    let erased_at = world.now + RETAIN_MS;
    assert!(world.wake_at.is_some_and(|at| at <= erased_at));
    world.advance(RETAIN_MS - 1);
    world.tick();
    assert_eq!((world.is_erased(session), world.wake_at), (false, Some(erased_at)));
    world.advance(1);
    world.tick();
    assert_eq!((world.is_erased(session), world.wake_at), (true, None));
}

fn time_ends_and_erases_by_itself(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "retainMs": 1000 } }));
    let mut asked = 0;
    while let Some(wake_at) = world.wake_at {
        world.now = world.now.max(wake_at);
        world.tick();
        asked += 1;
        assert!(asked < 9, "it wakes for nothing");
    }
    assert!(world.is_erased(session));
    assert_eq!(world.now, colloq_tests::world::BEGIN_MS + 30 * MINUTE_MS + 1000);
}

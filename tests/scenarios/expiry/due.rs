//! A store that believes a session due is told the deadline as it is; a host that has the session not at hand loads it and ends it.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{IDLE_MS, end};

scenarios![a_store_that_says_a_session_is_due_is_told_the_truth];

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

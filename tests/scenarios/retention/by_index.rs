//! The store's index says when an ended session is due: a host that has it not at hand loads it and has it erased.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{RETAIN_MS, ended};

scenarios![a_session_that_is_due_is_erased];

fn a_session_that_is_due_is_erased(world: &mut World) {
    let session = ended(world);
    let mut twin = world.twin();
    twin.advance(RETAIN_MS - 1);
    twin.due(session);
    assert!(!twin.is_erased(session));
    twin.read(ADA, session);
    twin.advance(1);
    twin.due(session);
    assert!(twin.is_erased(session), "at hand");
    let mut other = world.twin();
    other.advance(RETAIN_MS);
    other.due(session);
    assert!(other.is_erased(session), "not at hand");
}

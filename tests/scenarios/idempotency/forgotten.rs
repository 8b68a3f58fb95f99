//! A key is remembered for a day. Then the same request is another one.

use colloq_tests::scenarios;
use colloq_tests::world::World;

use super::{HOUR_MS, endless, say};

scenarios![a_key_is_remembered_for_a_day];

fn a_key_is_remembered_for_a_day(world: &mut World) {
    let session = endless(world);
    let first = say(world, session, "a", "Hello");
    world.advance(24 * HOUR_MS - 1);
    assert_eq!(say(world, session, "a", "Hello"), first);
    say(world, session, "a", "Bye").refused("idempotencyMismatch");
    world.advance(1);
    let other = say(world, session, "a", "Bye");
    assert_ne!(other.is(201)["id"], first.json()["id"]);
    assert_eq!(world.log(session).entries.len(), 3);
    assert_eq!(say(world, session, "a", "Bye"), other);
}

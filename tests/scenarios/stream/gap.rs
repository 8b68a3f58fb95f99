//! A delta that leaves a hole is refused, and its sender told where to go on.

use colloq_tests::scenarios;
use colloq_tests::world::{BOT, World};

use super::{begin, delta};

scenarios![a_hole_is_refused];

fn a_hole_is_refused(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "one");
    let refused = delta(world, session, &message, 4, "two").refused("offsetGap");
    assert_eq!(refused["nextOffset"], 3);
    assert_eq!(world.delta(BOT, session, &message, 3, "two"), 6);
}

//! A delta that differs from the text at its offset is refused, and its sender told where to go on.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};

use super::{begin, delta};

scenarios![what_differs_from_the_text_is_refused];

fn what_differs_from_the_text_is_refused(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "one two");
    let refused = delta(world, session, &message, 4, "too").refused("offsetMismatch");
    assert_eq!(refused["nextOffset"], 7);
    assert_eq!(world.message(ADA, session, &message)["content"], "one two");
}

//! Offsets are bytes of UTF-8. Nothing begins within a character.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{begin, delta};

scenarios![offsets_are_bytes];

fn offsets_are_bytes(world: &mut World) {
    let (session, message) = begin(world);
    assert_eq!(world.delta(BOT, session, &message, 0, "Gr\u{fc}\u{df}e "), 8);
    assert_eq!(world.delta(BOT, session, &message, 8, "\u{1f44b}"), 12);
    let read = world.message(ADA, session, &message);
    assert_eq!((&read["content"], &read["status"]), (&json!("Gr\u{fc}\u{df}e \u{1f44b}"), &json!("streaming")));
    // Within a character nothing can begin.
    let refused = delta(world, session, &message, 3, "\u{fc}").refused("offsetMismatch");
    assert_eq!(refused["nextOffset"], 12);
}

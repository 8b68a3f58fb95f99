//! A delta that repeats what is there changes nothing; where it goes beyond, only the new suffix counts. Either has an entry, so that
//! its sender hears of it.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::begin;

scenarios![what_repeats_the_text_changes_nothing];

fn what_repeats_the_text_changes_nothing(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "one two ");
    assert_eq!(world.delta(BOT, session, &message, 4, "two "), 8);
    assert_eq!(world.log(session).events(4), [""; 0], "it has an entry, so that its sender hears of it");
    // Only what is new counts.
    assert_eq!(world.delta(BOT, session, &message, 4, "two three"), 13);
    let event = &world.log(session).entry(5)["events"][0];
    assert_eq!((&event["offset"], &event["text"]), (&json!(8), &json!("three")));
    assert_eq!(world.message(ADA, session, &message)["content"], "one two three");
}

//! What was counted can be taken, and nothing is counted twice or lost by it.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, Settings, World};
use serde_json::json;

use super::count;

scenarios![counters_that_are_taken_begin_anew];

fn counters_that_are_taken_begin_anew(world: &mut World) {
    let nothing = world.apart(Settings::default()).counters();
    let mut other = world.apart(Settings::default());
    let (session, theirs) = (world.create(ADA, json!({})), other.create(ADA, json!({})));
    world.say(ADA, session, "Hello");
    other.say(ADA, theirs, "Hello");
    let first = world.take_counters();
    assert_eq!((&first["created"], &first["users"]["count"]), (&json!(1), &json!(1)));
    assert_eq!(world.counters(), nothing);
    // Whoever goes on talking counts again: in the time from here on they were there.
    world.say(ADA, session, "Again");
    assert_eq!((count(world, "/created"), count(world, "/users/count")), (json!(0), json!(1)));
    let next = world.create(BEN, json!({}));
    world.say(BEN, next, "Hi");
    let second = world.take_counters();
    assert_eq!(world.take_counters(), nothing);
    other.say(ADA, theirs, "Again");
    let next = other.create(BEN, json!({}));
    other.say(BEN, next, "Hi");
    assert_eq!(world.merged(&[first, second]), other.counters(), "in two parts or in one");
}

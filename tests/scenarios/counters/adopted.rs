//! An instance that comes into the place of another goes on counting where that one was.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World};
use serde_json::json;

use super::count;

scenarios![counting_goes_on_in_the_place_of_another];

fn counting_goes_on_in_the_place_of_another(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "Hello");
    let counters = world.counters();
    let mut next = world.twin();
    next.adopt(&counters);
    assert_eq!(next.counters(), counters);
    let created = count(&mut next, "/created");
    next.create(BEN, json!({}));
    assert_eq!(count(&mut next, "/created"), json!(created.as_u64().expect("a count") + 1));
    next.adopt(&json!({}));
    assert_eq!(next.damaged.drain(..).count(), 1, "what is no counters is refused");
}

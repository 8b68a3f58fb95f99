//! Counters: what happened, in numbers, for operators. Those of several shards add up.

mod adopted;
mod durations;
mod ends;
mod merged;
mod messages;
mod once_each;
mod streams;
mod taken;
mod users;

use colloq_tests::world::World;
use serde_json::Value;

/// One of the counters, by its path.
fn count(world: &mut World, path: &str) -> Value {
    world.counters().pointer(path).expect("there is such a counter").clone()
}

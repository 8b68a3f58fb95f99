//! A session remembers 256 keys and drops none of them early: beyond that another key is refused, without effect, until one is a day old.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{HOUR_MS, endless, say};

scenarios![keys_are_not_dropped_early];

fn keys_are_not_dropped_early(world: &mut World) {
    let session = endless(world);
    let keyed = |world: &mut World, key: u32| world.post_once(ADA, session, &key.to_string(), Op::Update, json!({ "title": "T" }));
    // The first one a second before the others.
    keyed(world, 0).is(200);
    world.advance(1000);
    (1..256).for_each(|key| drop(keyed(world, key).is(200)));
    let version = world.log(session).head().version;
    keyed(world, 256).refused("rateLimited");
    say(world, session, "other", "Hello").refused("rateLimited");
    assert_eq!(keyed(world, 0).is(200)["title"], "T", "those that are remembered are answered");
    keyed(world, 255).is(200);
    world.post(ADA, session, Op::Update, json!({ "title": "No key" })).is(200);
    assert_eq!(world.log(session).head().version, version + 1);
    world.advance(24 * HOUR_MS - 1000);
    keyed(world, 256).is(200);
    keyed(world, 257).refused("rateLimited");
    keyed(&mut world.twin(), 257).refused("rateLimited");
    keyed(&mut world.twin(), 1).is(200);
}

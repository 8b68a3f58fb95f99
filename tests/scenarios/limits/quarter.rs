//! A message takes at most a quarter of what its session may hold now, however much it could hold before.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World};
use serde_json::json;

use super::set;

scenarios![a_quarter_of_what_is_allowed_now];

fn a_quarter_of_what_is_allowed_now(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let say = |world: &mut World, bytes: usize| {
        world.post(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "x".repeat(bytes) }))
    };
    say(world, 262_144).is(201);
    say(world, 262_145).refused("tooLarge");
    set(world, ADA, session, json!({ "maxContentBytes": 4000 })).is(200);
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
    say(world, 1001).refused("tooLarge");
    (0..5).for_each(|_| drop(say(world, 1000).is(201)));
    assert_eq!(world.read(ADA, session)["messages"].as_array().map(Vec::len), Some(4));
    set(world, OPS, session, json!({ "maxContentBytes": 8000 })).is(200);
    say(world, 2000).is(201);
}

//! A stream has the limits of a message: a quarter of `maxContentBytes`.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::delta;

scenarios![a_stream_has_the_limits_of_a_message];

fn a_stream_has_the_limits_of_a_message(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxContentBytes": 4096 } }));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, &"x".repeat(1000));
    delta(world, session, &message, 1000, &"x".repeat(25)).refused("tooLarge");
    assert_eq!(world.delta(BOT, session, &message, 1000, &"x".repeat(24)), 1024);
}

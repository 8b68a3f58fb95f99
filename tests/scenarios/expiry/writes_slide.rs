//! A write puts the idle deadline off, whoever writes.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{IDLE_MS, end};

scenarios![writes_slide];

fn writes_slide(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for who in [ADA, BOT, ADA] {
        world.advance(IDLE_MS - 1);
        world.say(who, session, "Still here");
    }
    assert_eq!(world.log(session).deadline_ms, Some(world.now + IDLE_MS));
    world.advance(IDLE_MS + 1);
    world.tick();
    assert_eq!(end(world, session).as_deref(), Some("idle"));
}

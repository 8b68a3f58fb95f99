//! A session ends `absoluteMs` after its creation, however busy it is.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{ABSOLUTE_MS, IDLE_MS};

scenarios![an_old_session_ends_however_busy_it_is];

fn an_old_session_ends_however_busy_it_is(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let last = world.now + ABSOLUTE_MS;
    while world.now + IDLE_MS - 1 < last {
        world.advance(IDLE_MS - 1);
        world.say(ADA, session, "Busy");
    }
    world.now = last - 1;
    assert_eq!(world.read(ADA, session)["isActive"], true);
    world.advance(2);
    assert_eq!(world.read(ADA, session)["ended"]["reason"], "absolute");
}

//! A user's read puts the idle deadline off; a read by an agent or an operator does not.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World};
use serde_json::json;

use super::IDLE_MS;

scenarios![reads_by_users_slide_and_others_do_not];

fn reads_by_users_slide_and_others_do_not(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(IDLE_MS - 1);
    assert_eq!(world.read(ADA, session)["isActive"], true);
    world.advance(IDLE_MS - 1);
    assert_eq!(world.read(OPS, session)["isActive"], true);
    assert_eq!(world.read(BOT, session)["isActive"], true);
    world.advance(2);
    assert_eq!(world.read(OPS, session)["isActive"], false);
}

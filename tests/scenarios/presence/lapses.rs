//! Whoever typed ten seconds ago and has not said so again types no more, also for those who are told that somebody else left.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::present;

scenarios![typing_lapses];

fn typing_lapses(world: &mut World) {
    let session = world.create(ADA, json!({}));
    present(world, ADA, session, 1, json!({ "typing": true })).is(200);
    world.advance(9_999);
    let shown = present(world, BOT, session, 2, json!({})).is(200);
    assert_eq!(shown["links"][0]["state"]["typing"], true);
    world.advance(1);
    let shown = present(world, BOT, session, 2, json!({})).is(200);
    assert_eq!(shown["links"][0]["state"].get("typing"), None);
    let shown = present(world, ADA, session, 1, json!({ "typing": true })).is(200);
    assert_eq!(shown["links"][0]["state"]["typing"], true, "said again");
    world.advance(10_000);
    let shown = world.unlink(session, 2).expect("a frame").is(200);
    assert_eq!(shown["links"][0]["state"].get("typing"), None);
}

//! A store hears of activity at most every sixteenth of `idleMs`, beside the log: activity makes no entry.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::IDLE_MS;

scenarios![a_store_hears_of_activity_now_and_then];

fn a_store_hears_of_activity_now_and_then(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let began = world.now;
    world.advance(IDLE_MS / 16 - 1);
    world.read(ADA, session);
    assert_eq!(world.log(session).touched_ms, began);
    world.advance(1);
    world.read(ADA, session);
    assert_eq!(world.log(session).touched_ms, began + IDLE_MS / 16);
    assert_eq!(world.log(session).entries.len(), 1, "activity stands beside the log");
}

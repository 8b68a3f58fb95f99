//! The time within an id counts: one from before the time that tombstones are kept, or from the future, creates nothing. Clocks may
//! differ by a minute.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEGIN_MS, MINUTE_MS, World};
use serde_json::json;

const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

scenarios![an_old_id_creates_nothing, an_id_from_the_future_creates_nothing];

fn an_old_id_creates_nothing(world: &mut World) {
    // Tombstones are kept for 30 days, so an older id might be one of an erased session.
    let old = Id::mint(BEGIN_MS - 30 * DAY_MS - 1, world.entropy());
    world.post(ADA, old, Op::Create, json!({})).invalid("/id", "idTime");
    let just = Id::mint(BEGIN_MS - 30 * DAY_MS, world.entropy());
    world.post(ADA, just, Op::Create, json!({})).is(201);
    world.post(ADA, old, Op::Read { messages: None }, "").refused("sessionNotFound");
}

fn an_id_from_the_future_creates_nothing(world: &mut World) {
    let future = Id::mint(BEGIN_MS + MINUTE_MS + 1, world.entropy());
    world.post(ADA, future, Op::Create, json!({})).invalid("/id", "idTime");
    // Clocks differ a little.
    let near = Id::mint(BEGIN_MS + MINUTE_MS, world.entropy());
    world.post(ADA, near, Op::Create, json!({})).is(201);
}

//! A user erases their own session, an operator any; an agent none.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World};
use serde_json::json;

scenarios![who_may_erase];

fn who_may_erase(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(BOT, session, Op::Erase, "").refused("forbidden");
    world.post(ADA, session, Op::Erase, "").is(204);
    world.post(OPS, session, Op::Erase, "").is(204);
}

//! An ended session takes no private values any more; those that are there are read, and can be removed.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![an_ended_session_takes_no_private_values];

fn an_ended_session_takes_no_private_values(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(BOT, session, Op::SetPrivate("k"), "1").is(200);
    world.post(ADA, session, Op::End, "").is(200);
    world.post(BOT, session, Op::SetPrivate("k"), "2").refused("sessionEnded");
    world.post(ADA, session, Op::SetPrivate("k"), "2").refused("forbidden");
    world.post(BOT, session, Op::ReadPrivate("k"), "").is(204);
    world.post(BOT, session, Op::RemovePrivate("k"), "").is(204);
}

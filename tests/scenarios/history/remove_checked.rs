//! Users remove from what is theirs, operators from all, agents from nothing; and only messages that are there.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, OPS, World};
use serde_json::json;

use super::talk;

scenarios![a_removal_is_checked];

fn a_removal_is_checked(world: &mut World) {
    let (session, messages) = talk(world);
    world.post(BOT, session, Op::RemoveMessage(&messages[1]), "").refused("forbidden");
    world.post(BEN, session, Op::RemoveMessage(&messages[1]), "").refused("sessionNotFound");
    world.post(ADA, session, Op::RemoveMessage("first"), "").refused("messageNotFound");
    world.post(ADA, session, Op::RemoveMessage(&messages[1]), json!({ "really": true })).refused("malformed");
    assert_eq!(world.log(session).entries.len(), 5);
    world.post(OPS, session, Op::RemoveMessage(&messages[1]), "").is(204);
    world.post(ADA, session, Op::End, "").is(200);
    world.post(ADA, session, Op::RemoveMessage(&messages[0]), "").refused("sessionEnded");
}

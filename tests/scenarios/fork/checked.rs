//! Users fork what is theirs and operators anything, agents nothing; and only up to a message that is there.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, OPS, World};
use serde_json::json;

use super::{fork, state, talk};

scenarios![a_fork_is_checked, an_operators_fork_is_the_users];

fn a_fork_is_checked(world: &mut World) {
    let (parent, messages) = talk(world);
    world.post(BOT, parent, Op::Fork, "").refused("forbidden");
    world.post(BEN, parent, Op::Fork, "").refused("sessionNotFound");
    world.post(ADA, world.new_id(), Op::Fork, "").refused("sessionNotFound");
    world.post(ADA, parent, Op::Fork, json!({ "through": world.new_id().to_string() })).refused("messageNotFound");
    world.post(ADA, parent, Op::Fork, json!({ "trough": messages[0] })).refused("malformed");
    world.post(ADA, parent, Op::Rewind, json!({ "through": messages[0] })).is(200);
    world.post(ADA, parent, Op::Fork, json!({ "through": messages[1] })).refused("messageNotFound");
    assert_eq!(world.log(parent).entries.len(), 6, "to fork leaves no trace in the parent");
}

fn an_operators_fork_is_the_users(world: &mut World) {
    let (parent, _) = talk(world);
    let (session, answer) = fork(world, OPS, parent, json!({}));
    assert_eq!(answer.is(201)["userId"], "ada");
    world.say(ADA, session, "Mine");
    // The id has to be new, like that of any session.
    let state = state(world, ADA, parent, json!({}));
    world.post(ADA, session, Op::Restore, &state).refused("idTaken");
    world.post(ADA, parent, Op::Restore, &state).refused("idTaken");
    let early = colloq_core::Id::mint(world.now + 61_000, world.entropy());
    world.post(ADA, early, Op::Restore, &state).invalid("/id", "idTime");
}

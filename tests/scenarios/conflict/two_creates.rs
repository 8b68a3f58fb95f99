//! Two hosts create one session: the first append wins, and whoever lost hears that the id is taken, and nothing of whose it is.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World};
use serde_json::json;

use super::hello;

scenarios![two_hosts_create_one_session];

fn two_hosts_create_one_session(world: &mut World) {
    let mut other = world.twin();
    let session = world.new_id();
    other.post(BEN, session, Op::Create, json!({})).is(201);
    world.hold_appends();
    let created = world.send(ADA, session, Op::Create, json!({}));
    let said = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    world.conflict_with(&other, session);
    world.release();
    world.answer(created).refused("idTaken");
    world.answer(said).refused("sessionNotFound");
    assert_eq!(world.read(BEN, session)["userId"], "ben");
}

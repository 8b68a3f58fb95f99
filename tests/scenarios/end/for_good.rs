//! Nothing brings an ended session back: no create, and no other host.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![nothing_brings_it_back];

fn nothing_brings_it_back(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(ADA, session, Op::End, "").is(200);
    world.post(ADA, session, Op::Create, json!({})).refused("idTaken");
    assert_eq!(world.twin().read(ADA, session)["isActive"], false);
}

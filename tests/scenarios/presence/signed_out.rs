//! An older token is present nowhere any more.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, GUEST, OPS, World};
use serde_json::json;

use super::present;

scenarios![an_older_token_is_not_present];

fn an_older_token_is_not_present(world: &mut World) {
    let session = world.create(GUEST, json!({}));
    present(world, GUEST.of_generation(0), session, 1, json!({})).is(200);
    world.post(OPS, session, Op::SignIn, json!({ "userId": "ada" })).is(200);
    present(world, GUEST.of_generation(0), session, 1, json!({})).refused("sessionNotFound");
    present(world, ADA.of_generation(0), session, 2, json!({})).refused("unauthenticated");
    // The guest's link is cut by the host, which says so.
    let left = world.unlink(session, 1).expect("a frame").is(200);
    assert_eq!(left["links"], json!([]));
    present(world, ADA.of_generation(1), session, 2, json!({})).is(200);
}

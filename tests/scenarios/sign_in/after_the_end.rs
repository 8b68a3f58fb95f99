//! Nobody signs in to what has ended; whoever it belonged to reads it still.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, GUEST, OPS, World};
use serde_json::json;

use super::{ada, signed_in};

scenarios![nobody_signs_in_to_what_has_ended];

fn nobody_signs_in_to_what_has_ended(world: &mut World) {
    let session = signed_in(world);
    let token = ADA.of_generation(1);
    let ended = world.post(token, session, Op::End, json!({ "reason": "signedOut" })).is(200);
    assert_eq!(ended["ended"]["reason"], "signedOut");
    world.post(OPS, session, Op::SignIn, json!({ "userId": "ben" })).refused("sessionEnded");
    world.post(token, session, Op::SignOut, "").refused("sessionEnded");
    assert_eq!(world.read(token, session)["auth"]["generation"], 1);
    let guests = world.create(GUEST, json!({}));
    world.post(GUEST, guests, Op::End, "").is(200);
    world.post(OPS, guests, Op::SignIn, ada()).refused("sessionEnded");
    world.read(GUEST, guests);
}

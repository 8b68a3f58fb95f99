//! In a batch a sign-in counts for the commands behind it: they are decided in the new user's session.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, GUEST, OPS, World};
use serde_json::json;

scenarios![a_sign_in_counts_within_its_batch];

fn a_sign_in_counts_within_its_batch(world: &mut World) {
    let session = world.create(GUEST, json!({}));
    let batch = json!({ "commands": [{ "kind": "signIn", "userId": "ada" }, { "kind": "rename", "title": "Hers" }] });
    world.post(OPS.of_generation(0), session, Op::Commands, &batch).refused("unauthenticated");
    assert_eq!(world.log(session).entries.len(), 1, "all or none");
    world.post(OPS, session, Op::Commands, &batch).is(200);
    assert_eq!(world.log(session).events(2), ["signedIn", "renamed"]);
    assert_eq!(world.read(ADA, session)["title"], "Hers");
}

//! A taken id is refused to everybody with the same bytes, so that nobody learns whose it is; also where the host has to load it first.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World};
use serde_json::json;

scenarios![a_taken_id_is_refused_to_everybody];

fn a_taken_id_is_refused_to_everybody(world: &mut World) {
    let session = world.create(ADA, json!({ "title": "Mine" }));
    let hers = world.post(ADA, session, Op::Create, json!({}));
    let his = world.post(BEN, session, Op::Create, json!({}));
    hers.refused("idTaken");
    assert_eq!(hers.body, his.body, "who asks learns nothing of whose it is");
    assert_eq!(world.log(session).entries.len(), 1);
    // Also where the host has to find it in the store first.
    let mut twin = world.twin();
    twin.post(BEN, session, Op::Create, json!({})).refused("idTaken");
    assert_eq!(twin.read(ADA, session)["title"], "Mine");
}

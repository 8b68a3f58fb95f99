//! Whoever ends a session says why, out of the reasons that are theirs to say. Agents end nothing.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World};
use serde_json::json;

scenarios![who_ends_says_why];

fn who_ends_says_why(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(ADA, session, Op::End, json!({ "reason": "idle" })).invalid("/reason", "reason");
    world.post(BOT, session, Op::End, "").refused("forbidden");
    let ended = world.post(ADA, session, Op::End, json!({ "reason": "signedOut" })).is(200);
    assert_eq!(ended["ended"]["reason"], "signedOut");
    let other = world.create(ADA, json!({}));
    let ended = world.post(OPS, other, Op::End, json!({ "reason": "evicted" })).is(200);
    assert_eq!(ended["ended"]["reason"], "evicted");
}

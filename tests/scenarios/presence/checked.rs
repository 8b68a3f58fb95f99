//! Only who may read a session is present in it, and what they do has a form. An ended session may still be looked at together.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, OPS, World};
use serde_json::json;

use super::present;

scenarios![presence_is_checked];

fn presence_is_checked(world: &mut World) {
    let session = world.create(ADA, json!({}));
    present(world, BEN, session, 1, json!({})).refused("sessionNotFound");
    let missing = world.new_id();
    present(world, ADA, missing, 1, json!({})).refused("sessionNotFound");
    for state in [json!({ "typing": "yes" }), json!({ "state": "typing" }), json!([]), json!({ "data": 9_007_199_254_740_993_u64 })] {
        present(world, ADA, session, 1, state).refused("malformed");
    }
    world.post(ADA, session, Op::End, "").is(200);
    for who in [ADA, BOT, OPS] {
        present(world, who, session, 2, json!({})).is(200);
    }
    let shown = present(world, OPS, session, 3, json!({})).is(200);
    assert_eq!(shown["links"].as_array().map(Vec::len), Some(2), "of a link the last is shown");
}

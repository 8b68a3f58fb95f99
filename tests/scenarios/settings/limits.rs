//! Limits are only lowered by a user; an operator raises them, within the range that holds for everybody.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World};
use serde_json::json;

use super::patch;

scenarios![limits_may_only_be_lowered, an_operator_raises_limits];

fn limits_may_only_be_lowered(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let limits = patch(world, session, json!({ "limits": { "maxMessages": 100, "idleMs": 1000 } })).is(200)["limits"].clone();
    assert_eq!((&limits["maxMessages"], &limits["idleMs"]), (&json!(100), &json!(1000)));
    patch(world, session, json!({ "limits": { "maxMessages": 101 } })).refused("forbidden");
    patch(world, session, json!({ "limits": { "idleMs": null } })).refused("forbidden");
    patch(world, session, json!({ "limits": { "maxContentBytes": 1 } })).invalid("/limits/maxContentBytes", "range");
    assert_eq!(world.read(ADA, session)["limits"], limits);
}

fn an_operator_raises_limits(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let raised = json!({ "limits": { "maxMessages": 1000, "absoluteMs": null } });
    let limits = world.post(OPS, session, Op::Update, raised).is(200)["limits"].clone();
    assert_eq!((&limits["maxMessages"], &limits["absoluteMs"]), (&json!(1000), &json!(null)));
    world.post(OPS, session, Op::Update, json!({ "limits": { "maxMessages": 1_000_000 } })).invalid("/limits/maxMessages", "range");
}

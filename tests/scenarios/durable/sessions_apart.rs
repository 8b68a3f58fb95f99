//! Sessions do not wait for each other's appends.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![sessions_do_not_wait_for_each_other];

fn sessions_do_not_wait_for_each_other(world: &mut World) {
    let (one, other) = (world.create(ADA, json!({})), world.create(ADA, json!({})));
    world.hold_appends();
    let first = world.send(ADA, one, Op::Update, json!({ "title": "One" }));
    let second = world.send(ADA, other, Op::Update, json!({ "title": "Other" }));
    assert_eq!(world.held(), [1, 1]);
    world.release();
    world.answer(first).is(200);
    world.answer(second).is(200);
}

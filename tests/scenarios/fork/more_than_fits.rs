//! Limits that were lowered take effect at once: the oldest messages leave, and what is left can be forked.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{fork, talk};

scenarios![lowered_limits_leave_what_can_be_forked];

fn lowered_limits_leave_what_can_be_forked(world: &mut World) {
    let (parent, _) = talk(world);
    let lowered = world.post(ADA, parent, Op::Update, json!({ "limits": { "maxMessages": 2 } })).is(200);
    assert_eq!((lowered["messages"].as_array().map(Vec::len), &lowered["hasEarlier"]), (Some(2), &json!(true)));
    assert_eq!(world.log(parent).events(6), ["messagesTrimmed", "limitsSet"]);
    let (_, answer) = fork(world, ADA, parent, json!({}));
    assert_eq!(answer.is(201)["messages"], lowered["messages"]);
    // By size as well.
    let text = "x".repeat(600);
    (0..2).for_each(|_| drop(world.say(ADA, parent, &text)));
    let lowered = world.post(ADA, parent, Op::Update, json!({ "limits": { "maxContentBytes": 1024 } })).is(200);
    assert_eq!(lowered["messages"].as_array().map(Vec::len), Some(1));
    let (_, answer) = fork(world, ADA, parent, json!({}));
    answer.is(201);
}

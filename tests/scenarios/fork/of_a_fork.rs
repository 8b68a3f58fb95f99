//! A fork is forked in its turn, with its own log as the place; what was compacted before stays summed up.

use colloq_abi::Op;
use colloq_core::Chain;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::{Value, json};

use super::{fork, talk};

scenarios![a_fork_of_a_fork];

fn a_fork_of_a_fork(world: &mut World) {
    let (parent, messages) = talk(world);
    world.post(BOT, parent, Op::Compact, json!({ "through": messages[0], "summary": "Somebody asked." })).is(200);
    let (child, answer) = fork(world, ADA, parent, json!({}));
    answer.is(201);
    let place = Chain(world.log(child).head().chain);
    let (grandchild, answer) = fork(world, ADA, child, json!({ "through": messages[1] }));
    let copy = answer.is(201);
    assert_eq!((&copy["forkedFrom"], &copy["summary"]), (&json!(child.to_string()), &json!("Somebody asked.")));
    assert_eq!(copy["hasEarlier"], true);
    let log = world.log(grandchild);
    assert_eq!(log.head().chain, Chain::of_fork(child, &place, grandchild).extend(&log.entries[0]).0);
    let row: Value = serde_json::from_str(&log.summary).expect("a row is JSON");
    assert_eq!(row["messageCount"], 2);
}

//! A later summary stands in the place of the earlier one, which whoever writes it has read.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::talk;

scenarios![a_later_summary_replaces_the_earlier];

fn a_later_summary_replaces_the_earlier(world: &mut World) {
    let (session, messages) = talk(world);
    world.post(BOT, session, Op::Compact, json!({ "through": messages[0], "summary": "first" })).is(200);
    world.post(BOT, session, Op::Compact, json!({ "through": messages[2], "summary": "second" })).is(200);
    let read = world.read(ADA, session);
    assert_eq!((&read["summary"], read["messages"].as_array().map(Vec::len)), (&json!("second"), Some(1)));
    // It is part of the state: another host has it as well.
    assert_eq!(world.twin().read(ADA, session), read);
}

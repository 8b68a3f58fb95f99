//! Agents and operators compact, users do not; a summary has a size, and the place is a message of the session.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, World};
use serde_json::json;

use super::talk;

scenarios![a_compaction_is_checked];

fn a_compaction_is_checked(world: &mut World) {
    let (session, messages) = talk(world);
    let compact = |summary: &str| json!({ "through": messages[0], "summary": summary });
    world.post(ADA, session, Op::Compact, compact("mine")).refused("forbidden");
    world.post(BEN, session, Op::Compact, compact("mine")).refused("sessionNotFound");
    world.post(BOT, session, Op::Compact, json!({ "through": world.new_id().to_string(), "summary": "s" })).refused("messageNotFound");
    world.post(BOT, session, Op::Compact, compact(&"x".repeat(64 * 1024 + 1))).invalid("/summary", "tooLong");
    for body in [json!({}), json!({ "through": messages[0] }), json!({ "summary": "s" }), json!({ "through": "first", "summary": "s" })] {
        world.post(BOT, session, Op::Compact, body).refused("malformed");
    }
    assert_eq!(world.log(session).entries.len(), 5, "nothing was compacted");
    world.post(BOT, session, Op::Compact, compact(&"x".repeat(64 * 1024))).is(200);
}

//! Users and operators rewind, agents do not; and nobody takes everything back by leaving out the place.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, World};
use serde_json::json;

use super::talk;

scenarios![a_rewind_is_checked];

fn a_rewind_is_checked(world: &mut World) {
    let (session, messages) = talk(world);
    let through = json!({ "through": messages[0] });
    world.post(BOT, session, Op::Rewind, &through).refused("forbidden");
    world.post(BEN, session, Op::Rewind, &through).refused("sessionNotFound");
    world.post(ADA, session, Op::Rewind, json!({ "through": world.new_id().to_string() })).refused("messageNotFound");
    for body in [json!({}), json!(""), json!({ "through": 7 }), json!({ "trough": messages[0] })] {
        world.post(ADA, session, Op::Rewind, body).refused("malformed");
    }
    world.post(ADA, session, Op::Rewind, "").refused("malformed");
    assert_eq!(world.read(ADA, session)["messages"].as_array().map(Vec::len), Some(4));
    world.post(ADA, session, Op::End, "").is(200);
    world.post(ADA, session, Op::Rewind, through).refused("sessionEnded");
}

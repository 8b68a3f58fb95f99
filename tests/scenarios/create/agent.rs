//! An agent creates no session.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, World};
use serde_json::json;

scenarios![an_agent_creates_nothing];

fn an_agent_creates_nothing(world: &mut World) {
    let session = world.new_id();
    world.post(BOT, session, Op::Create, json!({})).refused("forbidden");
}

//! The limits of a session: what it may hold, how long it lives, and who may change that.

mod by_command;
mod hosts_own;
mod lowered_at_once;
mod quarter;
mod ranges;
mod streams_stay;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{Answer, Who, World};
use serde_json::{Value, json};

fn set(world: &mut World, who: Who, session: Id, limits: Value) -> Answer {
    world.post(who, session, Op::Update, json!({ "limits": limits }))
}

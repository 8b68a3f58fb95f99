//! Presence: who is linked to a session and doing what. It is never logged.

mod bounded;
mod checked;
mod lapses;
mod leaves;
mod not_activity;
mod shown;
mod signed_out;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{Answer, Who, World};
use serde_json::Value;

/// Somebody is present by a link and does something; gives the frame for all.
fn present(world: &mut World, who: Who, session: Id, link: u64, state: Value) -> Answer {
    world.post(who, session, Op::Presence { link }, state)
}

//! Title, data and limits of a session: what a `PATCH` changes.

mod condition;
mod data_size;
mod i_json;
mod limits;
mod merge_patch;
mod one_entry;
mod one_value;
mod title;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, Answer, World};

fn patch(world: &mut World, session: Id, body: impl ToString) -> Answer {
    world.post(ADA, session, Op::Update, body)
}

//! Appending a message: what it becomes, what is refused, and who makes room for it.

mod checked;
mod content_or_parts;
mod given_id;
mod id_taken;
mod pages;
mod parts;
mod quarter;
mod streaming_stays;
mod text;
mod too_many;
mod too_much_text;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, World};
use serde_json::Value;

fn append(world: &mut World, session: Id, body: impl ToString) -> colloq_tests::world::Answer {
    world.post(ADA, session, Op::AppendMessage, body)
}

/// The contents of the live messages.
fn contents(session: &Value) -> Vec<&str> {
    let messages = session["messages"].as_array().expect("a session has messages");
    messages.iter().map(|message| message["content"].as_str().expect("a message has content")).collect()
}

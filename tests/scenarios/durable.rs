//! Durable first: nothing leaves before every entry that it rests on is in the store. One append in flight a session.

mod creation;
mod ending;
mod failed_append;
mod one_in_flight;
mod rejection_waits;
mod sessions_apart;
mod settled;
mod shown_when_stored;

use colloq_abi::Op;
use colloq_tests::world::{ADA, Ticket, World};
use serde_json::json;

const READ: Op<'_> = Op::Read { messages: None };

/// Sends a message that brings its id.
fn send_message(world: &mut World, session: colloq_core::Id, id: &str) -> Ticket {
    world.send(ADA, session, Op::AppendMessage, json!({ "id": id, "type": "user", "content": "Hello" }))
}

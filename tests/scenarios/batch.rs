//! A batch: several commands as one, with one entry, all or none.

mod all_or_none;
mod create_first;
mod hosts_kinds;
mod in_order;
mod named;
mod one_entry;
mod several;
mod size;

use colloq_abi::Op;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

fn post(world: &mut World, session: colloq_core::Id, commands: Value) -> colloq_tests::world::Answer {
    world.post(ADA, session, Op::Commands, json!({ "commands": commands }))
}

fn say(content: &str) -> Value {
    json!({ "kind": "appendMessage", "message": { "type": "user", "content": content } })
}

//! Conflicts: another host appended first. What was missed is applied, what it settles is settled, the rest is decided again.

mod client_unknown_there;
mod decided_again;
mod missed_first;
mod one_after_another;
mod other_history;
mod rejection_again;
mod settled_by_missed;
mod two_creates;
mod unreadable;

use colloq_core::Id;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

fn contents(world: &mut World, session: Id) -> Vec<Value> {
    let read = world.read(ADA, session);
    read["messages"].as_array().expect("messages").iter().map(|message| message["content"].clone()).collect()
}

fn hello(content: &str) -> Value {
    json!({ "type": "user", "content": content })
}

/// A session and another host that knows it.
fn two_hosts(world: &mut World) -> (Id, World) {
    let session = world.create(ADA, json!({}));
    (session, world.twin())
}

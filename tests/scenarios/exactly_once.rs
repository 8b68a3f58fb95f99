//! Exactly once: a command is named by its client and a count, and is decided once however often it is sent.

mod begins_with_one;
mod gap;
mod in_order;
mod malformed;
mod quietest_forgotten;
mod rejection_repeated;
mod sent_twice;
mod travels;
mod window;

use colloq_core::Id;
use colloq_tests::world::command;
use serde_json::{Value, json};

const NOTHING: [Value; 0] = [];

fn rename(client: Id, seq: u64, title: &str) -> Value {
    command(client, seq, json!({ "kind": "rename", "title": title }))
}

/// The code of the one frame that came back.
#[track_caller]
fn code(frames: &[Value]) -> &str {
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0]["kind"], "rejected");
    frames[0]["code"].as_str().expect("a rejection has a code")
}

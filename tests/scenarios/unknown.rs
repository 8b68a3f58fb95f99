//! An append whose outcome nobody knows: the identical bytes are given again, and nothing of the session is decided for the store before
//! it is known.

mod blocked;
mod given_again;
mod heard_as_a_conflict;
mod other_sessions;
mod was_stored;

use serde_json::{Value, json};

fn hello(content: &str) -> Value {
    json!({ "type": "user", "content": content })
}

//! The real binary as tests use it: started on a free port in a folder of its own, killed, started again on the same file.
//!
//! It never imitates a host: what answers here is what people run. A host that is dropped is killed, so no test leaves one behind.

mod corpus;
mod follower;
mod http;
mod link;
mod process;
mod sse;

pub use corpus::{Conversation, Line, conversations};
pub use follower::Follower;
pub use http::{Http, Reply, Upload};
pub use link::{Link, Told};
pub use process::{Host, Place, Setup};
pub use sse::{Event, Events};

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colloq_core::Id;
use serde_json::Value;

/// Whoever waits longer has met a host that hangs. No test measures time by it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A new `UUIDv7`, as a client makes one.
///
/// # Panics
/// If the system gives no entropy.
pub fn new_id() -> String {
    let mut entropy = [0; 16];
    getrandom::fill(&mut entropy).expect("the system gives entropy");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    Id::mint(now.as_millis() as u64, entropy).to_string()
}

/// Type and content of a session's messages, in their order.
///
/// # Panics
/// If it is no session.
pub fn said(session: &Value) -> Vec<Line> {
    let messages = session["messages"].as_array().expect("a session has messages");
    let text = |value: &Value| value.as_str().expect("a message has type and content").to_owned();
    messages.iter().map(|message| Line { kind: text(&message["type"]), content: text(&message["content"]) }).collect()
}

//! `Idempotency-Key`: a request that is sent again under its key is decided once, and answered as it was the first time.

mod again;
mod batch;
mod condition;
mod create;
mod forgotten;
mod full;
mod nothing_recorded;
mod one_sender;
mod other_body;
mod rejected;
mod running;
mod travels;
mod two_hosts;
mod without_effect;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, Answer, OPS, World};
use serde_json::{Value, json};

const HOUR_MS: u64 = 3_600_000;

fn hello(content: &str) -> Value {
    json!({ "type": "user", "content": content })
}

/// Ada says something under a key.
fn say(world: &mut World, session: Id, key: &str, content: &str) -> Answer {
    world.post_once(ADA, session, key, Op::AppendMessage, hello(content))
}

/// A session of Ada's that time does not end.
fn endless(world: &mut World) -> Id {
    world.create(OPS, json!({ "userId": "ada", "limits": { "idleMs": null, "absoluteMs": null } }))
}

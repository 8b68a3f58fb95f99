//! `replyTo` claims: two agents never answer one message.

mod claimed;
mod freed_by_failure;
mod freed_by_silence;
mod only_answers_claim;
mod question_elsewhere;

use serde_json::{Value, json};

fn answer_to(message: &str) -> Value {
    json!({ "type": "assistant", "status": "streaming", "replyTo": message })
}

//! Users write messages of type `user`, agents `assistant` and `tool`, operators all.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World};
use serde_json::json;

scenarios![everybody_writes_messages_of_their_own_kind];

fn everybody_writes_messages_of_their_own_kind(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for (who, allowed) in [(ADA, &["user"][..]), (BOT, &["assistant", "tool"]), (OPS, &["user", "assistant", "system", "tool"])] {
        for kind in ["user", "assistant", "system", "tool"] {
            let answer = world.post(who, session, Op::AppendMessage, json!({ "type": kind, "content": "x" }));
            if allowed.contains(&kind) {
                answer.is(201);
            } else {
                answer.refused("forbidden");
            }
        }
    }
}

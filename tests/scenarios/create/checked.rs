//! Whatever a session is to begin with is checked. What is refused begins nothing.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World};
use serde_json::json;

scenarios![nothing_wrong_begins];

fn nothing_wrong_begins(world: &mut World) {
    let session = world.new_id();
    let issue = json!({ "id": "LIN-1", "title": "", "status": "open" });
    for (body, pointer, code) in [
        (json!({ "title": "x".repeat(1025) }), "/title", "tooLong"),
        (json!({ "data": [] }), "/data", "object"),
        (json!({ "context": { "recentIssues": [issue, issue] } }), "/context/recentIssues", "context"),
        (json!({ "context": { "userPreferences": { "language": "" } } }), "/context/userPreferences/language", "context"),
        (json!({ "limits": { "maxMessages": 0 } }), "/limits/maxMessages", "range"),
    ] {
        world.post(ADA, session, Op::Create, body).invalid(pointer, code);
    }
    world.post(OPS, session, Op::Create, json!({ "userId": "a\nb" })).invalid("/userId", "userId");
    for body in ["{", "[]", r#"{"colour":"red"}"#, r#"{"data":{"a":1,"a":2}}"#] {
        world.post(ADA, session, Op::Create, body).refused("malformed");
    }
    world.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
}

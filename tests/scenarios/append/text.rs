//! A text becomes a message: complete, with one text part, the time and the author that the host says; appending it is activity.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::append;

scenarios![text_becomes_a_message];

fn text_becomes_a_message(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(1234);
    let answer = append(world, session, json!({ "type": "user", "content": "Hello" }));
    assert_eq!(answer.version, 2);
    let message = answer.is(201);
    let expected = json!({
        "id": message["id"],
        "type": "user",
        "content": "Hello",
        "timestamp": "2026-01-01T00:00:01.234Z",
        "status": "complete",
        "parts": [{ "id": "0", "type": "text", "text": "Hello" }],
        "author": { "role": "user", "id": "ada" },
    });
    assert_eq!(message, expected);
    assert_eq!(world.read(ADA, session)["messages"], json!([expected]));
    assert_eq!(world.read(ADA, session)["lastActivity"], "2026-01-01T00:00:01.234Z");
}

//! A message may be sent as parts. Its `content` is the text parts joined; parts without an id are numbered, and no two ids are alike.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::append;

scenarios![parts_make_the_content];

fn parts_make_the_content(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let parts =
        json!([{ "type": "text", "text": "Hel" }, { "type": "file", "url": "a.png" }, { "id": "end", "type": "text", "text": "lo" }]);
    let message = append(world, session, json!({ "type": "user", "parts": parts })).is(201);
    assert_eq!(message["content"], "Hello");
    assert_eq!(
        message["parts"],
        json!([
            { "id": "0", "type": "text", "text": "Hel" },
            { "id": "1", "type": "file", "url": "a.png" },
            { "id": "end", "type": "text", "text": "lo" },
        ])
    );
    let twice = json!([{ "id": "a", "type": "text", "text": "1" }, { "id": "a", "type": "text", "text": "2" }]);
    append(world, session, json!({ "type": "user", "parts": twice })).invalid("/message/parts/1/id", "duplicate");
}

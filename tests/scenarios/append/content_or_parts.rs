//! A message has either `content` or `parts`: both at once are refused, and so is neither.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::append;

scenarios![content_and_parts_exclude_each_other];

fn content_and_parts_exclude_each_other(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let both = json!({ "type": "user", "content": "a", "parts": [{ "type": "text", "text": "a" }] });
    append(world, session, both).invalid("/message/parts", "contentOrParts");
    append(world, session, json!({ "type": "user" })).invalid("/message/content", "required");
}

//! One message takes at most a quarter of `maxContentBytes`. Bytes count, not characters.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::append;

scenarios![a_message_takes_a_quarter_of_the_content_at_most];

fn a_message_takes_a_quarter_of_the_content_at_most(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxContentBytes": 4096 } }));
    append(world, session, json!({ "type": "user", "content": "x".repeat(1025) })).refused("tooLarge");
    append(world, session, json!({ "type": "user", "content": "x".repeat(1024) })).is(201);
    // Bytes count, not characters.
    append(world, session, json!({ "type": "user", "content": "\u{e4}".repeat(513) })).refused("tooLarge");
    append(world, session, json!({ "type": "user", "content": "\u{e4}".repeat(512) })).is(201);
}

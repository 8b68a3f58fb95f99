//! A title is set, has a length at most, and is taken away by null; a change of nothing is refused.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::patch;

scenarios![a_session_is_renamed];

fn a_session_is_renamed(world: &mut World) {
    let session = world.create(ADA, json!({}));
    assert_eq!(patch(world, session, json!({ "title": "Plans" })).is(200)["title"], "Plans");
    patch(world, session, json!({ "title": "x".repeat(1025) })).invalid("/title", "tooLong");
    assert_eq!(patch(world, session, json!({ "title": null })).is(200).get("title"), None);
    patch(world, session, json!({})).refused("malformed");
}

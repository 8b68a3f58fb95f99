//! One request that changes several settings is one entry, all or none.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::patch;

scenarios![a_patch_is_one_entry];

fn a_patch_is_one_entry(world: &mut World) {
    let session = world.create(ADA, json!({}));
    patch(world, session, json!({ "title": "T", "data": { "a": 1 }, "limits": { "maxMessages": 9 } })).is(200);
    assert_eq!(world.log(session).events(2), ["renamed", "dataPatched", "limitsSet"]);
    // All or none.
    patch(world, session, json!({ "title": "U", "limits": { "maxMessages": 99 } })).refused("forbidden");
    assert_eq!(world.read(ADA, session)["title"], "T");
}

//! Data is changed by JSON Merge Patch (RFC 7396): null takes away, objects merge, everything else replaces.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::patch;

scenarios![data_is_changed_by_a_merge_patch];

fn data_is_changed_by_a_merge_patch(world: &mut World) {
    let session = world.create(ADA, json!({ "data": { "a": { "b": 1, "c": 2 }, "list": [1, 2] } }));
    let data = patch(world, session, json!({ "data": { "a": { "b": null, "d": 3 }, "list": [9], "new": true } })).is(200)["data"].clone();
    assert_eq!(data, json!({ "a": { "c": 2, "d": 3 }, "list": [9], "new": true }));
    let data = patch(world, session, json!({ "data": { "a": null } })).is(200)["data"].clone();
    assert_eq!(data, json!({ "list": [9], "new": true }));
}

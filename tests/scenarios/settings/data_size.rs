//! Data has a size at most, counted after the change.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::patch;

scenarios![data_has_a_size];

fn data_has_a_size(world: &mut World) {
    let session = world.create(ADA, json!({}));
    patch(world, session, json!({ "data": { "a": "x".repeat(200_000) } })).is(200);
    patch(world, session, json!({ "data": { "b": "x".repeat(100_000) } })).refused("tooLarge");
    patch(world, session, json!({ "data": { "a": null, "b": "x".repeat(100_000) } })).is(200);
}

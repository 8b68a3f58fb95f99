//! Metadata is an object of a certain size, in which `apiCalls` and `processingTime` are what they are everywhere.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World};
use serde_json::json;

use super::talk;

scenarios![metadata_is_checked];

fn metadata_is_checked(world: &mut World) {
    let (session, messages) = talk(world);
    let patch = |world: &mut World, metadata| world.post(ADA, session, Op::PatchMessage(&messages[0]), json!({ "metadata": metadata }));
    patch(world, json!({ "apiCalls": [1] })).invalid("/metadata/apiCalls", "strings");
    patch(world, json!({ "processingTime": "long" })).invalid("/metadata/processingTime", "number");
    patch(world, json!([])).invalid("/metadata", "object");
    patch(world, json!({ "note": "x".repeat(40_000) })).is(200);
    patch(world, json!({ "other": "x".repeat(40_000) })).refused("tooLarge");
    world.post(ADA, session, Op::PatchMessage(&messages[0]), json!({ "content": "mine" })).refused("malformed");
    world.post(ADA, session, Op::PatchMessage(&world.new_id().to_string()), json!({ "metadata": {} })).refused("messageNotFound");
    world.post(BEN, session, Op::PatchMessage(&messages[0]), json!({ "metadata": {} })).refused("sessionNotFound");
    assert_eq!(world.log(session).entries.len(), 6, "one patch was taken");
}

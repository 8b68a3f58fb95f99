//! A message's metadata is changed by a merge patch, by agents as well, also while it streams.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::talk;

scenarios![metadata_is_patched, metadata_is_patched_while_it_streams];

fn metadata_is_patched(world: &mut World) {
    let (session, messages) = talk(world);
    let patch = json!({ "metadata": { "rating": 1, "apiCalls": ["search"] } });
    let rated = world.post(ADA, session, Op::PatchMessage(&messages[1]), patch).is(200);
    assert_eq!(rated["metadata"], json!({ "rating": 1, "apiCalls": ["search"] }));
    assert_eq!(world.log(session).events(6), ["metadataSet"]);
    let patch = json!({ "metadata": { "rating": null, "processingTime": 1.5 } });
    let patched = world.post(BOT, session, Op::PatchMessage(&messages[1]), patch).is(200);
    assert_eq!(patched["metadata"], json!({ "apiCalls": ["search"], "processingTime": 1.5 }));
    assert_eq!((&patched["content"], &patched["timestamp"]), (&rated["content"], &rated["timestamp"]), "nothing else is changed");
    assert_eq!(world.twin().message(ADA, session, &messages[1]), patched);
}

fn metadata_is_patched_while_it_streams(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, "Hello");
    world.post(ADA, session, Op::PatchMessage(&message), json!({ "metadata": { "pinned": true } })).is(200);
    assert_eq!(world.delta(BOT, session, &message, 5, " you"), 9);
    let completed = world.post(BOT, session, Op::Complete(&message), json!({ "metadata": { "processingTime": 3 } })).is(200);
    assert_eq!((&completed["content"], &completed["metadata"]), (&json!("Hello you"), &json!({ "pinned": true, "processingTime": 3 })));
}

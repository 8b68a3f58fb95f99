//! A session shows at most 256 links, and of each at most 1 KiB of what an application adds.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::present;

scenarios![presence_is_bounded];

fn presence_is_bounded(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for link in 0..256 {
        present(world, ADA, session, link, json!({})).is(200);
    }
    present(world, ADA, session, 256, json!({})).refused("limitReached");
    present(world, ADA, session, 255, json!({ "away": true })).is(200);
    world.unlink(session, 0).expect("a frame");
    present(world, ADA, session, 256, json!({})).is(200);
    // `{"a":""}` takes eight bytes.
    let data = |bytes: usize| json!({ "data": { "a": "x".repeat(bytes - 8) } });
    present(world, ADA, session, 1, data(1025)).refused("tooLarge");
    present(world, ADA, session, 1, data(1024)).is(200);
}

//! A user has their session kept for a shorter time, or not at all; it counts from the end.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::DAY_MS;

scenarios![a_session_is_kept_for_a_shorter_time];

fn a_session_is_kept_for_a_shorter_time(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "retainMs": 7 * DAY_MS } }));
    world.post(ADA, session, Op::Update, json!({ "limits": { "retainMs": 8 * DAY_MS } })).refused("forbidden");
    world.post(ADA, session, Op::Update, json!({ "limits": { "retainMs": DAY_MS } })).is(200);
    world.advance(60_000);
    world.post(ADA, session, Op::End, "").is(200);
    world.post(ADA, session, Op::Update, json!({ "limits": { "retainMs": 0 } })).refused("sessionEnded");
    world.advance(DAY_MS - 1);
    world.read(ADA, session);
    world.advance(1);
    world.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
    let session = world.create(ADA, json!({ "limits": { "retainMs": 0 } }));
    world.post(ADA, session, Op::End, "").is(200);
    world.tick();
    assert!(world.is_erased(session));
}

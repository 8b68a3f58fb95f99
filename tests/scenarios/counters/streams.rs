//! Streams are counted by how they began and ended, and what they said with the rest.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, MINUTE_MS, World};
use serde_json::json;

use super::count;

scenarios![streams_are_counted_by_how_they_end];

fn streams_are_counted_by_how_they_end(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let streams: Vec<String> = (0..6).map(|_| world.stream(BOT, session)).collect();
    for message in &streams {
        assert_eq!(world.delta(BOT, session, message, 0, "abc"), 3);
    }
    world.post(BOT, session, Op::Complete(&streams[0]), "").is(200);
    world.post(BOT, session, Op::Complete(&streams[1]), "").is(200);
    world.post(ADA, session, Op::Stop(&streams[2]), "").is(200);
    world.post(ADA, session, Op::Stop(&streams[2]), "").is(200);
    world.post(ADA, session, Op::Interrupt(&streams[3]), "").is(200);
    world.post(BOT, session, Op::Fail(&streams[4]), json!({ "error": { "code": "x", "message": "y" } })).is(200);
    world.advance(MINUTE_MS);
    world.tick();
    assert_eq!(count(world, "/streams"), json!({ "begun": 6, "completed": 2, "stopped": 1, "interrupted": 1, "failed": 2 }));
    assert_eq!(count(world, "/contentBytes"), 18);
    assert_eq!(count(world, "/messages/assistant"), 6);
}

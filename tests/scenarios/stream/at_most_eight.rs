//! At most eight messages of a session stream at once.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![at_most_eight_stream_at_once];

fn at_most_eight_stream_at_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let streams: Vec<String> = (0..8).map(|_| world.stream(BOT, session)).collect();
    let ninth = json!({ "type": "assistant", "status": "streaming" });
    world.post(BOT, session, Op::AppendMessage, &ninth).refused("limitReached");
    world.post(BOT, session, Op::Complete(&streams[3]), "").is(200);
    world.post(BOT, session, Op::AppendMessage, &ninth).is(201);
}

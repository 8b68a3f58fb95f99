//! What streams after the place is taken back as well: its producer finds it gone, and its place among the streams is free.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, MINUTE_MS, World};
use serde_json::json;

use super::talk;

scenarios![what_streams_is_taken_back];

fn what_streams_is_taken_back(world: &mut World) {
    let (session, messages) = talk(world);
    let streams: Vec<String> = (0..8).map(|_| world.stream(BOT, session)).collect();
    world.post(ADA, session, Op::Rewind, json!({ "through": streams[0] })).is(200);
    let body = json!({ "offset": 0, "text": "x" });
    world.post(BOT, session, Op::AppendDelta(&streams[1]), &body).refused("messageNotFound");
    world.post(BOT, session, Op::Complete(&streams[7]), "").refused("messageNotFound");
    for _ in 1..8 {
        world.stream(BOT, session);
    }
    world.post(ADA, session, Op::Rewind, json!({ "through": messages[3] })).is(200);
    // Nothing is left that could fall silent.
    let version = world.log(session).head().version;
    world.advance(2 * MINUTE_MS);
    world.tick();
    assert_eq!(world.log(session).head().version, version);
    assert_eq!(world.twin().read(ADA, session), world.read(ADA, session));
}

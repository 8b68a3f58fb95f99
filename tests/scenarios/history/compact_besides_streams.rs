//! What streams is not compacted, nor anything up to a place behind it; what streams after the place goes on.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, World};
use serde_json::json;

use super::talk;

scenarios![what_streams_is_not_compacted];

fn what_streams_is_not_compacted(world: &mut World) {
    let (session, messages) = talk(world);
    let streaming = world.stream(BOT, session);
    let after = world.say(BOT, session, "After");
    for through in [&streaming, &after] {
        world.post(BOT, session, Op::Compact, json!({ "through": through, "summary": "s" })).refused("conflict");
    }
    world.post(BOT, session, Op::Compact, json!({ "through": messages[3], "summary": "s" })).is(200);
    assert_eq!(world.delta(BOT, session, &streaming, 0, "on"), 2);
    world.post(BOT, session, Op::Complete(&streaming), "").is(200);
    world.post(BOT, session, Op::Compact, json!({ "through": after, "summary": "s" })).is(200);
}

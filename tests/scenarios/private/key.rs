//! A private value's key is 1 to 64 plain characters, whatever is done with it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![a_private_key_is_plain];

fn a_private_key_is_plain(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let (longest, longer) = ("k".repeat(64), "k".repeat(65));
    for key in ["a", "gemini.live-handle_1", &longest] {
        world.post(BOT, session, Op::SetPrivate(key), "1").is(200);
        world.post(BOT, session, Op::ReadPrivate(key), "").is(204);
    }
    for key in ["", "a/b", "a b", "\u{e4}", "..\\", &longer] {
        world.post(BOT, session, Op::SetPrivate(key), "1").invalid("/key", "key");
        world.post(BOT, session, Op::ReadPrivate(key), "").invalid("/key", "key");
        world.post(BOT, session, Op::RemovePrivate(key), "").invalid("/key", "key");
    }
}

//! A key is its sender's own: the same one from somebody else, or in another role, is another key.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, OPS, World};
use serde_json::json;

use super::say;

scenarios![a_key_is_its_senders_own];

fn a_key_is_its_senders_own(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let first = say(world, session, "a", "Hello").is(201);
    let answer = json!({ "type": "assistant", "content": "Hi" });
    let mut ids = vec![first["id"].clone()];
    for who in [BOT, HAL, OPS] {
        ids.push(world.post_once(who, session, "a", Op::AppendMessage, &answer).is(201)["id"].clone());
    }
    assert_eq!(world.log(session).entries.len(), 5);
    for (who, id) in [BOT, HAL, OPS].into_iter().zip(&ids[1..]) {
        assert_eq!(world.post_once(who, session, "a", Op::AppendMessage, &answer).is(201)["id"], *id);
    }
    assert_eq!(world.log(session).entries.len(), 5);
}

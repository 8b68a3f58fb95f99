//! The same request under the same key is answered as it was before, with the id that its message got then, and makes no entry.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::say;

scenarios![the_same_key_again_is_answered_as_before];

fn the_same_key_again_is_answered_as_before(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let first = say(world, session, "a", "Hello");
    let id = first.is(201)["id"].clone();
    world.advance(1000);
    world.say(BOT, session, "Hi");
    let again = say(world, session, "a", "Hello");
    assert_eq!((again.is(201)["id"].clone(), again.version), (id, first.version));
    assert_eq!(again.body, first.body);
    // Another key is another request.
    assert_ne!(say(world, session, "b", "Hello").is(201)["id"], first.json()["id"]);
    // So is one without a key.
    world.post(ADA, session, Op::AppendMessage, super::hello("Hello")).is(201);
    assert_eq!(world.log(session).entries.len(), 5);
}

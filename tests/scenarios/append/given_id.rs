//! A message brings its id, or is given one out of the host's entropy. Entropy is on record only where it was used.

use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::append;

scenarios![a_message_brings_its_id_or_is_given_one];

fn a_message_brings_its_id_or_is_given_one(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let own = world.new_id().to_string();
    let message = append(world, session, json!({ "id": own, "type": "user", "content": "mine" })).is(201);
    assert_eq!(message["id"], own);

    let given: Id = world.say(ADA, session, "yours").parse().expect("an id");
    assert_eq!(given.time_ms(), world.now);
    let minted = command(world.new_id(), 1, json!({ "kind": "appendMessage", "message": { "type": "user", "content": "again" } }));
    world.submit(ADA, session, 3, &[minted]);
    let entry = world.log(session).entry(4);
    assert!(entry["events"][0]["message"]["id"].is_string(), "an entry holds the id, and not what it was made of");
    assert!(entry["stamp"].get("entropy").is_none());
    append(world, session, json!({ "id": "7", "type": "user", "content": "no id" })).refused("malformed");
}

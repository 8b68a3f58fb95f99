//! What is known of clients is part of the state: another host answers a repeated command as the first one did.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::json;

use super::{NOTHING, code, rename};

scenarios![what_is_known_of_clients_travels];

fn what_is_known_of_clients_travels(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let wrong = command(client, 1, json!({ "kind": "patchData", "patch": [] }));
    world.submit(ADA, session, 1, &[wrong.clone(), rename(client, 2, "Two")]);
    let mut twin = world.twin();
    assert_eq!(code(&twin.submit(ADA, session, 1, &[wrong, rename(client, 2, "Two")])), "invalid");
    assert_eq!(twin.log(session).entries.len(), 3);
    // An agent's own count beside it.
    let message = json!({ "type": "assistant", "content": "Hi" });
    let append = command(twin.new_id(), 1, json!({ "kind": "appendMessage", "message": message }));
    assert_eq!(twin.submit(BOT, session, 3, &[append]), NOTHING);
}

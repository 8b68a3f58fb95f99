//! What cannot be read as a command consumes no number; what only the host may command is no part of the language.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::code;

scenarios![what_is_malformed_consumes_nothing];

fn what_is_malformed_consumes_nothing(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let unknown = command(client, 1, json!({ "kind": "levitate" }));
    let wrong = command(client, 1, json!({ "kind": "rename", "title": 7 }));
    let system = command(client, 1, json!({ "kind": "expire", "touched_at": 0 }));
    for bad in [unknown, wrong] {
        let frames = world.submit(ADA, session, 1, std::slice::from_ref(&bad));
        assert_eq!((code(&frames), &frames[0]["id"]), ("malformed", &bad["id"]));
    }
    assert_eq!(code(&world.submit(ADA, session, 1, &[json!({ "kind": "rename", "title": "No id" })])), "malformed");
    assert_eq!(world.log(session).entries.len(), 1);
    // What only the host sends is no part of the language, whoever says it.
    assert_ne!(code(&world.submit(ADA, session, 1, &[system])), "");
    assert_eq!(world.read(ADA, session)["isActive"], true);
}

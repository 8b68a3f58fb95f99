//! A command that is sent again, in another frame or the same one, happens once.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::NOTHING;

scenarios![what_is_sent_twice_happens_once];

fn what_is_sent_twice_happens_once(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let message = json!({ "type": "user", "content": "Once" });
    let append = command(client, 1, json!({ "kind": "appendMessage", "message": message }));
    assert_eq!(world.submit(ADA, session, 1, std::slice::from_ref(&append)), NOTHING);
    assert_eq!(world.log(session).entry(2)["command"], json!([client.to_string(), 1]));
    assert_eq!(world.submit(ADA, session, 1, std::slice::from_ref(&append)), NOTHING);
    assert_eq!(world.submit(ADA, session, 1, &[append.clone(), append]), NOTHING);
    assert_eq!(world.log(session).entries.len(), 2);
    assert_eq!(world.read(ADA, session)["messages"].as_array().map(Vec::len), Some(1));
}

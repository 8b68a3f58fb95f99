//! A rejection is on record and consumes its number; whoever asks again hears the same.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::{NOTHING, code, rename};

scenarios![a_rejection_is_on_record_and_repeated];

fn a_rejection_is_on_record_and_repeated(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let message = json!({ "type": "assistant", "content": "I am a user" });
    let append = command(client, 1, json!({ "kind": "appendMessage", "message": message }));
    let frames = world.submit(ADA, session, 1, std::slice::from_ref(&append));
    assert_eq!((code(&frames), &frames[0]["id"]), ("forbidden", &append["id"]));
    let entry = world.log(session).entry(2);
    assert_eq!((&entry["outcome"], &entry["events"]), (&json!("forbidden"), &json!([])));
    assert_eq!(code(&world.submit(ADA, session, 1, std::slice::from_ref(&append))), "forbidden");
    assert_eq!(world.log(session).entries.len(), 2);
    assert_eq!(world.submit(ADA, session, 1, &[rename(client, 2, "Next")]), NOTHING, "it consumed its seq");
}

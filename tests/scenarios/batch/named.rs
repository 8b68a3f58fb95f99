//! The messages of a batch that bring no id are given one each, which its entry holds; a batch can then be about a message that it names.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

use super::{post, say};

scenarios![messages_of_a_batch_are_named];

fn messages_of_a_batch_are_named(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let named = world.new_id().to_string();
    let with_id = json!({ "kind": "appendMessage", "message": { "id": named, "type": "user", "content": "named" } });
    post(world, session, json!([say("one"), say("two"), with_id, { "kind": "removeMessage", "message": named }, say("three")])).is(200);
    let events = world.log(session).entry(2)["events"].clone();
    let ids: Vec<&Value> = [0, 1, 2, 4].map(|at| &events[at]["message"]["id"]).to_vec();
    assert!(ids.iter().all(|id| id.is_string()), "{events}");
    assert!((1..4).all(|at| !ids[..at].contains(&ids[at])), "no two alike: {ids:?}");
    assert_eq!(ids[2], &json!(named));
    let read = world.read(ADA, session);
    assert_eq!(read["messages"].as_array().map(Vec::len), Some(3));
    assert_eq!(world.twin().read(ADA, session), read);
    let text = world.log(session).text(2).to_owned();
    assert!(!text.contains("entropy"), "{text}");
    // Two batches of one moment are told apart as well.
    post(world, session, json!([say("four"), say("five")])).is(200);
    let page = world.post(ADA, session, Op::ListMessages { before: None, limit: 9 }, "").is(200);
    assert_eq!(page["items"].as_array().map(Vec::len), Some(5));
}

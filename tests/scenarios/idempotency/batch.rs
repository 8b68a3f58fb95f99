//! A batch is sent again as one: its answer has the same form, and its messages keep the ids that they got.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::hello;

scenarios![a_batch_is_sent_again];

fn a_batch_is_sent_again(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = |content| json!({ "kind": "appendMessage", "message": hello(content) });
    let body = json!({ "commands": [message("one"), message("two"), { "kind": "rename", "title": "T" }] });
    let first = world.post_once(ADA, session, "a", Op::Commands, &body);
    assert_eq!(first.is(200), json!({ "version": 2 }));
    let read = world.read(ADA, session);
    assert_ne!(read["messages"][0]["id"], read["messages"][1]["id"]);
    assert_eq!(world.post_once(ADA, session, "a", Op::Commands, &body), first);
    world.say(ADA, session, "three");
    assert_eq!(world.post_once(ADA, session, "a", Op::Commands, &body), first, "it says the version that it made");
    assert_eq!(world.twin().post_once(ADA, session, "a", Op::Commands, &body), first);
    assert_eq!(world.log(session).entries.len(), 3);
}

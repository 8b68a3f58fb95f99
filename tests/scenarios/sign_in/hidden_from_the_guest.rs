//! Once somebody signed in, the session does not exist for the guest any more, whatever they ask.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{GUEST, World, command};
use serde_json::json;

use super::signed_in;

scenarios![the_session_is_hidden_from_the_guest];

fn the_session_is_hidden_from_the_guest(world: &mut World) {
    let session = signed_in(world);
    let missing = world.new_id();
    let head = world.log(session).head();
    for (op, body) in [
        (Op::Read { messages: None }, json!("")),
        (Op::Subscribe { since: Some(head) }, json!("")),
        (Op::Subscribe { since: None }, json!("")),
        (Op::ListMessages { before: None, limit: 1 }, json!("")),
        (Op::AppendMessage, json!({ "type": "user", "content": "Mine" })),
        (Op::Update, json!({ "title": "Mine" })),
        (Op::Fork, json!({})),
        (Op::Export, json!({})),
        (Op::Erase, json!({})),
        (Op::SignOut, json!({})),
        (Op::Presence { link: 1 }, json!({})),
    ] {
        let answer = world.post(GUEST, session, op, &body);
        answer.refused("sessionNotFound");
        assert_eq!(answer, world.post(GUEST, missing, op, &body), "{op:?}");
    }
    let rename = command(world.new_id(), 1, json!({ "kind": "rename", "title": "Mine" }));
    assert_eq!(world.submit(GUEST, session, 3, &[rename])[0]["code"], "sessionNotFound");
    assert_eq!(world.log(session).head(), head);
}

//! Where an append failed for good, everything that rested on it fails, and it is as if none of it had been sent.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command, frame};
use serde_json::json;

use super::send_message;

scenarios![a_failed_append_fails_what_rests_on_it];

fn a_failed_append_fails_what_rests_on_it(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let id = world.new_id().to_string();
    world.hold_appends();
    let sent = send_message(world, session, &id);
    let again = send_message(world, session, &id);
    let rename = command(client, 1, json!({ "kind": "rename", "title": "T" }));
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 1, &[rename]));
    world.drop_append(session, "storeUnavailable");
    world.answer(sent).refused("storeUnavailable");
    world.answer(again).refused("storeUnavailable");
    assert_eq!(world.frames(submitted)[0]["code"], "storeUnavailable");
    world.release();
    // It is as if they had never been sent.
    let read = world.read(ADA, session);
    assert_eq!((&read["version"], &read["messages"]), (&json!(1), &json!([])));
    let sent = send_message(world, session, &id);
    assert_eq!(world.answer(sent).version, 2);
}

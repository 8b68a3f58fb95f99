//! No read, page of messages, subscription or snapshot shows what the store has not confirmed yet.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{READ, send_message};

scenarios![nothing_shows_before_it_is_stored];

fn nothing_shows_before_it_is_stored(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let (before, head) = (world.post(ADA, session, READ, ""), world.log(session).head());
    world.hold_appends();
    let id = world.new_id().to_string();
    let sent = send_message(world, session, &id);
    assert_eq!(world.take(sent), []);
    assert_eq!(world.post(ADA, session, READ, ""), before);
    world.post(ADA, session, Op::ReadMessage(&id), "").refused("messageNotFound");
    assert_eq!(world.post(ADA, session, Op::ListMessages { before: None, limit: 9 }, "").is(200)["items"], json!([]));
    world.post(ADA, session, Op::Subscribe { since: Some(head) }, "").is(204);
    let snapshot = world.post(ADA, session, Op::Subscribe { since: None }, "").is(200);
    assert_eq!((&snapshot["state"]["version"], &snapshot["state"]["messages"]), (&json!(1), &json!([])));
    world.release();
    assert_eq!(world.answer(sent).is(201)["id"], id);
    assert_eq!(world.message(ADA, session, &id)["content"], "Hello");
}

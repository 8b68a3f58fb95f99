//! Where the other history never heard of a client, its next command is refused as forgotten: without those before it, it is not what
//! the client meant.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command, frame};
use serde_json::json;

scenarios![another_history_may_not_know_the_client];

fn another_history_may_not_know_the_client(world: &mut World) {
    let mut other = world.twin();
    let session = world.create(ADA, json!({}));
    let client = world.new_id();
    let rename = |seq| command(client, seq, json!({ "kind": "rename", "title": format!("{seq}") }));
    world.submit(ADA, session, 1, &[rename(1), rename(2)]);
    other.post(ADA, session, Op::Create, json!({})).is(201);
    world.hold_appends();
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 3, &[rename(3)]));
    let said = world.send(BOT, session, Op::AppendMessage, json!({ "type": "assistant", "content": "Hi" }));
    world.conflict_with(&other, session);
    world.release();
    // One and two are gone, and three without them is not what its client meant.
    assert_eq!(world.frames(submitted)[0]["code"], "clientForgotten");
    world.answer(said).is(201);
    assert_eq!(world.read(ADA, session).get("title"), None);
    assert_eq!(world.log(session).entries.len(), 2);
}

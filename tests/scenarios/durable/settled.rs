//! Whoever only wants to know when all that is pending is in the store is told then, and not before; where nothing is pending, at once.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command, frame};
use serde_json::json;

scenarios![what_is_pending_is_waited_for, a_conflict_is_waited_out];

fn what_is_pending_is_waited_for(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    world.post(ADA, session, Op::Settle, "").is(204);
    world.hold_appends();
    let rename = |seq| command(client, seq, json!({ "kind": "rename", "title": "T" }));
    world.send(ADA, session, Op::Submit, frame(session, 1, &[rename(1)]));
    world.send(ADA, session, Op::Submit, frame(session, 1, &[rename(2)]));
    let settled = world.send(ADA, session, Op::Settle, "");
    assert!(world.release_one());
    assert_eq!(world.take(settled), [], "the second is still on its way");
    assert!(world.release_one());
    world.answer(settled).is(204);
}

fn a_conflict_is_waited_out(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let mut other = world.twin();
    other.post(ADA, session, Op::Update, json!({ "title": "Theirs" })).is(200);
    world.conflict_with(&other, session);
    world.hold_appends();
    world.send(ADA, session, Op::Submit, frame(session, 1, &[command(client, 1, json!({ "kind": "rename", "title": "Ours" }))]));
    let settled = world.send(ADA, session, Op::Settle, "");
    assert!(world.release_one());
    assert_eq!(world.take(settled), [], "it met another head and is on its way again");
    world.release();
    world.answer(settled).is(204);
    assert_eq!(world.read(ADA, session)["title"], "Ours");
}

//! A rejection that rested on an append which conflicted is decided again as well, and may have another reason.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::two_hosts;

scenarios![a_rejection_on_top_is_decided_again];

fn a_rejection_on_top_is_decided_again(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    other.post(ADA, session, Op::End, "").is(200);
    let id = world.new_id().to_string();
    let message = json!({ "id": id, "type": "user", "content": "late" });
    world.hold_appends();
    let renamed = world.send(ADA, session, Op::Update, json!({ "title": "T" }));
    let sent = world.send(ADA, session, Op::AppendMessage, &message);
    let again = world.send(ADA, session, Op::AppendMessage, &message);
    world.conflict_with(&other, session);
    world.release();
    world.answer(renamed).refused("sessionEnded");
    world.answer(sent).refused("sessionEnded");
    // Its id was taken only in a history that never was.
    world.answer(again).refused("sessionEnded");
}

//! That a session ended is told only once its end is stored, whoever found it out.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, World};
use serde_json::json;

use super::READ;

scenarios![its_end_is_stored_before_it_is_told];

fn its_end_is_stored_before_it_is_told(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(30 * MINUTE_MS + 1);
    world.hold_appends();
    let read = world.send(ADA, session, READ, "");
    let said = world.send(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "Late" }));
    assert_eq!((world.take(read), world.take(said)), (vec![], vec![]));
    world.release();
    assert_eq!(world.answer(read).is(200)["ended"]["reason"], "idle");
    world.answer(said).refused("sessionEnded");
}

//! A session that is being created is there for nobody until it is stored; whoever asks meanwhile waits.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World};
use serde_json::json;

use super::READ;

scenarios![a_session_is_not_there_before_it_is_stored];

fn a_session_is_not_there_before_it_is_stored(world: &mut World) {
    let session = world.new_id();
    world.hold_appends();
    let created = world.send(ADA, session, Op::Create, json!({}));
    let read = world.send(ADA, session, READ, "");
    let said = world.send(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "Hello" }));
    let his = world.send(BEN, session, READ, "");
    for ticket in [created, read, said, his] {
        assert_eq!(world.take(ticket), []);
    }
    world.release();
    world.answer(created).is(201);
    world.answer(read).is(200);
    world.answer(said).is(201);
    world.answer(his).refused("sessionNotFound");
}

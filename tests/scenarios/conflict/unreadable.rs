//! What others appended cannot be read here, being of a later schema: everybody who waits is answered, also whose own entry is in front
//! of it, and the session is not used until it can be read.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::hello;

scenarios![everybody_is_answered_where_entries_cannot_be_read];

fn everybody_is_answered_where_entries_cannot_be_read(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let first = world.send(ADA, session, Op::AppendMessage, hello("one"));
    let second = world.send(ADA, session, Op::AppendMessage, hello("two"));
    world.store_unheard();
    let mut other = world.twin();
    other.say(BOT, session, "later");
    let later = other.log(session).text(3).replacen("\"schema\":1", "\"schema\":2", 1);
    other.log_mut(session).entries[2] = later.into_bytes();
    world.conflict_with(&other, session);
    world.release();
    world.answer(first).refused("internal");
    world.answer(second).refused("internal");
    assert_eq!(std::mem::take(&mut world.damaged).len(), 1);
    let read = world.send(ADA, session, Op::Read { messages: None }, "");
    assert_eq!((world.take(read), std::mem::take(&mut world.damaged).len()), (vec![], 1));
}

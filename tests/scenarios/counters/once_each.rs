//! What is confirmed is counted once, by the host that appended it: not when it conflicts, is given again, or is loaded.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::count;

scenarios![what_is_confirmed_is_counted_once];

fn what_is_confirmed_is_counted_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let hello = json!({ "type": "user", "content": "Hello" });
    let mut other = world.twin();
    other.say(BOT, session, "First");
    world.hold_appends();
    let ticket = world.send(ADA, session, Op::AppendMessage, &hello);
    assert_eq!(count(world, "/messages/user"), 0, "it is not confirmed");
    world.conflict_with(&other, session);
    world.release();
    world.answer(ticket).is(201);
    assert_eq!((count(world, "/messages/user"), count(world, "/messages/assistant")), (json!(1), json!(0)));
    // An outcome that is not known, twice over.
    world.hold_appends();
    let ticket = world.send(ADA, session, Op::AppendMessage, &hello);
    world.lose_outcome();
    world.store_unheard();
    world.lose_outcome();
    world.release();
    world.answer(ticket).is(201);
    assert_eq!(count(world, "/messages/user"), 2);
    assert_eq!((count(&mut other, "/messages/assistant"), count(&mut other, "/created")), (json!(1), json!(0)));
    let mut twin = world.twin();
    twin.read(ADA, session);
    assert_eq!((count(&mut twin, "/messages/user"), count(&mut twin, "/created")), (json!(0), json!(0)));
}

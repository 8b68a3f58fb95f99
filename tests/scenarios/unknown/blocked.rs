//! While an outcome is not known, the session's queue is blocked: nothing more is appended, reads show what is confirmed, and whatever
//! was asked meanwhile goes together as the next append.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, Ticket, World};
use serde_json::json;

use super::hello;

scenarios![nothing_is_appended_before_the_outcome_is_known];

fn nothing_is_appended_before_the_outcome_is_known(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let first = world.send(ADA, session, Op::AppendMessage, hello("one"));
    world.lose_outcome();
    let more: Vec<Ticket> = ["two", "three"].map(|content| world.send(ADA, session, Op::AppendMessage, hello(content))).into();
    let refused = world.send(BOT, session, Op::Rewind, json!({ "through": null }));
    world.lose_outcome();
    assert_eq!(world.held(), [1], "the same one, and nothing beside it");
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
    for ticket in more.iter().chain([&first, &refused]) {
        assert_eq!(world.take(*ticket), [], "also a rejection waits");
    }
    assert!(world.release_one());
    world.answer(first).is(201);
    assert_eq!(world.held(), [2]);
    world.release();
    for ticket in more {
        world.answer(ticket).is(201);
    }
    world.answer(refused).refused("forbidden");
}

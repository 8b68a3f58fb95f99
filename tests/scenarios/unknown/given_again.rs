//! Nobody knows whether an append is in the store: it is given again to the byte, as often as it takes. It was not there.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::hello;

scenarios![the_identical_append_is_given_again];

fn the_identical_append_is_given_again(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let ticket = world.send(ADA, session, Op::AppendMessage, hello("Hello"));
    world.advance(1000);
    for _ in 0..3 {
        // The world compares the bytes.
        world.lose_outcome();
        assert_eq!(world.held(), [1]);
        assert_eq!(world.take(ticket), []);
    }
    world.release();
    let answer = world.answer(ticket);
    assert_eq!((answer.is(201)["content"].clone(), answer.version), (json!("Hello"), 2));
    assert_eq!(world.log(session).entries.len(), 2);
    world.say(ADA, session, "And on");
}

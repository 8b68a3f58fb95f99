//! A token that was made for a session before its user signed in or out is worth nothing in it: not to write, not to read, not to follow.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::json;

use super::signed_in;

scenarios![an_older_token_is_worth_nothing, right_and_append_are_one_step];

fn an_older_token_is_worth_nothing(world: &mut World) {
    let session = signed_in(world);
    let head = world.log(session).head();
    for who in [ADA.of_generation(0), BOT.of_generation(0)] {
        for (op, body) in [
            (Op::Read { messages: None }, json!("")),
            (Op::ListMessages { before: None, limit: 1 }, json!("")),
            (Op::Subscribe { since: None }, json!("")),
            (Op::Subscribe { since: Some(head) }, json!("")),
            (Op::AppendMessage, json!({ "type": "user", "content": "x" })),
            (Op::AppendMessage, json!({ "nonsense": 1 })),
            (Op::Update, json!({ "title": "x" })),
            (Op::End, json!({})),
            (Op::Erase, json!({})),
            (Op::Fork, json!({})),
            (Op::Export, json!({})),
            (Op::ReadPrivate("k"), json!({})),
            (Op::Presence { link: 1 }, json!({})),
            (Op::Commands, json!({ "commands": [{ "kind": "rename", "title": "x" }] })),
        ] {
            world.post(who, session, op, body).refused("unauthenticated");
        }
        let rename = command(world.new_id(), 1, json!({ "kind": "rename", "title": "x" }));
        assert_eq!(world.submit(who, session, 3, &[rename])[0]["code"], "unauthenticated");
    }
    assert_eq!(world.log(session).head(), head, "it leaves no trace");
    // One of this generation, of a later one that this host has not heard of, and one that is for no session.
    for who in [ADA.of_generation(1), ADA.of_generation(2), ADA, BOT.of_generation(1)] {
        world.post(who, session, Op::Read { messages: None }, "").is(200);
    }
}

fn right_and_append_are_one_step(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut other = world.twin();
    let token = ADA.of_generation(0);
    world.hold_appends();
    let mine = world.send(token, session, Op::Update, json!({ "title": "late" }));
    // At another host she signs out, and that append wins.
    other.post(token, session, Op::SignOut, "").is(200);
    world.conflict_with(&other, session);
    world.release();
    world.answer(mine).refused("unauthenticated");
    assert_eq!(world.log(session).entries.len(), 2);
}

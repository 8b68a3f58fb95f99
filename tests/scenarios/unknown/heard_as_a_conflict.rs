//! The answer to an append was lost, and the store calls it a conflict when it comes again: what is in the log to the byte took effect.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::json;

use super::hello;

scenarios![an_own_append_is_no_conflict, what_others_appended_behind_it_is_missed];

fn an_own_append_is_no_conflict(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let client = world.new_id();
    world.hold_appends();
    let said = world.send(ADA, session, Op::AppendMessage, hello("Hello"));
    let frame = colloq_tests::world::frame(session, 1, &[command(client, 1, json!({ "kind": "rename", "title": "T" }))]);
    let renamed = world.send(ADA, session, Op::Submit, frame);
    world.store_unheard();
    world.release();
    let answer = world.answer(said);
    assert_eq!((answer.is(201)["content"].clone(), answer.version), (json!("Hello"), 2));
    assert_eq!(world.frames(renamed), [json!(null); 0]);
    assert_eq!((world.log(session).entries.len(), &world.read(ADA, session)["title"]), (3, &json!("T")));
}

fn what_others_appended_behind_it_is_missed(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let first = world.send(ADA, session, Op::AppendMessage, hello("one"));
    let second = world.send(ADA, session, Op::AppendMessage, hello("two"));
    world.store_unheard();
    let mut other = world.twin();
    other.say(BOT, session, "between");
    world.conflict_with(&other, session);
    world.release();
    assert_eq!(world.answer(first).version, 2);
    assert_eq!(world.answer(second).version, 4);
    let contents: Vec<_> =
        world.read(ADA, session)["messages"].as_array().expect("messages").iter().map(|m| m["content"].clone()).collect();
    assert_eq!(contents, ["one", "between", "two"]);
}

//! Nobody knows whether an append is in the store, and it is: given again it changes nothing, and took effect once.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::json;

use super::hello;

scenarios![an_append_that_was_stored_takes_effect_once];

fn an_append_that_was_stored_takes_effect_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let said = world.send(ADA, session, Op::AppendMessage, hello("Hello"));
    world.store_unheard();
    world.lose_outcome();
    world.release();
    assert_eq!(world.answer(said).is(201)["content"], "Hello");
    // Others wrote behind it before it was looked for.
    world.hold_appends();
    let again = world.send(ADA, session, Op::AppendMessage, hello("Again"));
    world.store_unheard();
    let mut other = world.twin();
    other.say(BOT, session, "Behind");
    world.conflict_with(&other, session);
    world.lose_outcome();
    world.release();
    assert_eq!(world.answer(again).version, 3);
    let client = world.new_id();
    world.submit(ADA, session, 3, &[command(client, 1, json!({ "kind": "rename", "title": "T" }))]);
    let contents: Vec<_> =
        world.read(ADA, session)["messages"].as_array().expect("messages").iter().map(|m| m["content"].clone()).collect();
    assert_eq!(contents, ["Hello", "Again", "Behind"]);
    assert_eq!(world.log(session).entries.len(), 5);
}

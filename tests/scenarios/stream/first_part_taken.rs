//! A delta that names no part means the first text part. Where there is none, one begins, under an id that no other part has.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::page::state_of;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::{Value, json};

scenarios![text_begins_beside_other_parts, lines_of_text_begin_beside_other_parts];

/// A stream whose only part has the id that a text part would get.
fn thinking(world: &mut World) -> (Id, String) {
    let session = world.create(ADA, json!({}));
    let parts = json!([{ "type": "reasoning", "text": "Thinking" }]);
    let begun = json!({ "type": "assistant", "status": "streaming", "parts": parts });
    let message = world.post(BOT, session, Op::AppendMessage, begun).is(201);
    assert_eq!(message["parts"][0]["id"], "0");
    (session, message["id"].as_str().expect("an id").to_owned())
}

#[track_caller]
fn assert_whole(world: &mut World, session: Id, message: &str) {
    let whole = world.message(ADA, session, message);
    assert_eq!((&whole["content"], &whole["parts"][0]["text"]), (&json!("Hello you"), &json!("Thinking")));
    let ids: Vec<&Value> = whole["parts"].as_array().expect("parts").iter().map(|part| &part["id"]).collect();
    assert_eq!(ids, ["0", "1"]);
    // A state with two parts of one id would not be read again.
    let snapshot = world.post(ADA, session, Op::Subscribe { since: None }, "");
    state_of(&snapshot.is(200), &snapshot.body);
}

fn text_begins_beside_other_parts(world: &mut World) {
    let (session, message) = thinking(world);
    assert_eq!(world.delta(BOT, session, &message, 0, "Hello"), 5);
    assert_eq!(world.delta(BOT, session, &message, 5, " you"), 9);
    assert_whole(world, session, &message);
}

fn lines_of_text_begin_beside_other_parts(world: &mut World) {
    let (session, message) = thinking(world);
    world.post(BOT, session, Op::StreamLines(&message), "{\"text\":\"Hel\"}\n{\"text\":\"lo\"}").is(200);
    world.post(BOT, session, Op::StreamLines(&message), "{\"text\":\" you\"}").is(200);
    assert_whole(world, session, &message);
    let set = "{\"setPart\":{\"id\":\"2\",\"type\":\"tool-x\"}}\n{\"complete\":true}";
    world.post(BOT, session, Op::StreamLines(&message), set).is(200);
}

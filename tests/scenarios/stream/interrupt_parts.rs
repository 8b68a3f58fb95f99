//! An offset of what was heard counts through all text parts; parts that are not text are not spoken and stay.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::{Value, json};

scenarios![what_was_heard_counts_through_text_parts];

fn what_was_heard_counts_through_text_parts(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let parts = json!([
        { "id": "think", "type": "reasoning", "text": "Hm." },
        { "id": "a", "type": "text", "text": "One. " },
        { "id": "call", "type": "tool-search", "input": { "q": "two" } },
        { "id": "b", "type": "text", "text": "Two. " },
        { "id": "c", "type": "text", "text": "Three." },
    ]);
    let message = world.post(BOT, session, Op::AppendMessage, json!({ "type": "assistant", "parts": parts })).is(201);
    let id = message["id"].as_str().expect("an id");
    let cut = world.post(ADA, session, Op::Interrupt(id), json!({ "heardOffset": 8 })).is(200);
    assert_eq!(cut["content"], "One. Two");
    let texts: Vec<&Value> = cut["parts"].as_array().expect("parts").iter().map(|part| &part["text"]).collect();
    assert_eq!(texts, [&json!("Hm."), &json!("One. "), &json!(null), &json!("Two"), &json!("")]);
    assert_eq!(cut["parts"][2]["input"], json!({ "q": "two" }));
}

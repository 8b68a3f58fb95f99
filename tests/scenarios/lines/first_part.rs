//! Lines without a part go to the first text part, which may be named as well, also where lines before set it or began it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, World};
use serde_json::json;

use super::{begin, lines};

scenarios![the_first_text_part_has_two_names];

fn the_first_text_part_has_two_names(world: &mut World) {
    let (session, message) = begin(world);
    let named = [r#"{"part":"0","text":"one "}"#, r#"{"text":"two "}"#, r#"{"part":"0","text":"three"}"#];
    assert_eq!(lines(world, session, &message, &named).is(200)["content"], "one two three");
    // Also where it is set, or begun, by the lines before.
    let set = [r#"{"setPart":{"id":"a","type":"text","text":"one "}}"#, r#"{"text":"two"}"#];
    let begun = [r#"{"part":"a","text":"one "}"#, r#"{"text":"two"}"#];
    for all in [set, begun] {
        let empty = json!({ "type": "assistant", "status": "streaming", "parts": [] });
        let message = world.post(BOT, session, Op::AppendMessage, empty).is(201)["id"].as_str().expect("an id").to_owned();
        assert_eq!(lines(world, session, &message, &all).is(200)["content"], "one two");
    }
}

//! What was heard ends with a character: an offset in the middle of one cuts before it, one beyond the end cuts nothing.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![what_was_heard_ends_with_a_character];

fn what_was_heard_ends_with_a_character(world: &mut World) {
    let session = world.create(ADA, json!({}));
    // Two bytes, three bytes, four bytes.
    let text = "\u{fc}\u{20ac}\u{1f600}";
    for (heard, content) in
        [(0, ""), (1, ""), (2, "\u{fc}"), (4, "\u{fc}"), (5, "\u{fc}\u{20ac}"), (8, "\u{fc}\u{20ac}"), (9, text), (1000, text)]
    {
        let message = world.say(BOT, session, text);
        let cut = world.post(ADA, session, Op::Interrupt(&message), json!({ "heardOffset": heard })).is(200);
        assert_eq!((&cut["content"], &cut["parts"][0]["text"]), (&json!(content), &json!(content)), "{heard}");
    }
    assert_eq!(world.twin().read(ADA, session), world.read(ADA, session));
}

//! Interim transcripts of speech: the tail of a stream is rewritten from an offset on, and renews the stream as a delta does.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, MINUTE_MS, World};
use serde_json::json;

scenarios![a_tail_is_rewritten, a_part_that_is_not_there_begins];

fn a_tail_is_rewritten(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let begun = json!({ "type": "user", "status": "streaming" });
    let id = world.post(ADA, session, Op::AppendMessage, begun).is(201)["id"].as_str().expect("an id").to_owned();
    for (from, text, next) in [(0, "wreck a", 7), (0, "recognise", 9), (9, " peach", 15), (10, "speech", 16)] {
        world.advance(MINUTE_MS - 1);
        let revised = world.post(ADA, session, Op::Revise(&id), json!({ "from": from, "text": text })).is(200);
        assert_eq!(revised["nextOffset"], next);
    }
    assert_eq!(world.log(session).events(6), ["messageRevised"]);
    assert_eq!(world.delta(ADA, session, &id, 16, "!"), 17);
    let whole = world.post(ADA, session, Op::Complete(&id), "").is(200);
    assert_eq!((&whole["content"], &whole["author"]["id"]), (&json!("recognise speech!"), &json!("ada")));
    assert_eq!(world.twin().message(ADA, session, &id), whole);
}

fn a_part_that_is_not_there_begins(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let id = world.stream(BOT, session);
    world.post(BOT, session, Op::Revise(&id), json!({ "part": "b", "from": 0, "text": "two" })).is(200);
    let revised = world.post(BOT, session, Op::Revise(&id), json!({ "part": "b", "from": 1, "text": "wice" })).is(200);
    assert_eq!(revised["nextOffset"], 5);
    world.delta(BOT, session, &id, 0, "once ");
    assert_eq!(world.message(ADA, session, &id)["content"], "once twice");
}

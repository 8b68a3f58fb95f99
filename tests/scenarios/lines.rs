//! A stream by lines: a whole stream in one request. Runs of text become one delta.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Answer, BOT, HAL, World};
use serde_json::json;

scenarios![
    a_run_of_text_becomes_one_delta,
    lines_set_parts_and_complete,
    lines_may_say_their_offsets,
    the_first_text_part_has_two_names,
    a_malformed_line_comes_after_good_ones,
    a_line_that_is_refused_ends_the_rest,
    lines_fail_a_stream,
    lines_have_a_producer,
];

fn lines(world: &mut World, session: Id, message: &str, lines: &[&str]) -> Answer {
    world.post(BOT, session, Op::StreamLines(message), lines.join("\n"))
}

fn begin(world: &mut World) -> (Id, String) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    (session, message)
}

fn a_run_of_text_becomes_one_delta(world: &mut World) {
    let (session, message) = begin(world);
    let answer = lines(world, session, &message, &[r#"{"text":"Gr"}"#, r#"{"text":"\u00fc\u00dfe"}"#, "", r#"{"text":" you"}"#, ""]);
    assert_eq!(answer.is(200)["content"], "Gr\u{fc}\u{df}e you");
    assert_eq!(world.log(session).events(3), ["deltaAppended"]);
    assert_eq!(world.log(session).entries.len(), 3);
    // The next request goes on where this one ended.
    let answer = lines(world, session, &message, &[r#"{"text":"!"}"#]).is(200);
    assert_eq!((&answer["content"], &answer["status"]), (&json!("Gr\u{fc}\u{df}e you!"), &json!("streaming")));
    assert_eq!(world.log(session).entry(4)["events"][0]["offset"], 11);
}

fn lines_set_parts_and_complete(world: &mut World) {
    let (session, message) = begin(world);
    let all = [
        r#"{"text":"Let me "}"#,
        r#"{"text":"see. "}"#,
        r#"{"setPart":{"id":"t","type":"tool-search","state":"done"}}"#,
        r#"{"part":"end","text":"Fou"}"#,
        r#"{"part":"end","text":"nd."}"#,
        r#"{"complete":{"metadata":{"processingTime":3}}}"#,
    ];
    let whole = lines(world, session, &message, &all).is(200);
    assert_eq!((&whole["content"], &whole["status"]), (&json!("Let me see. Found."), &json!("complete")));
    assert_eq!(whole["metadata"], json!({ "processingTime": 3 }));
    let kinds: Vec<String> = (3..=6).flat_map(|version| world.log(session).events(version)).collect();
    assert_eq!(kinds, ["deltaAppended", "partSet", "deltaAppended", "messageCompleted"]);
    assert_eq!(world.appends, 3, "one request is one append");
}

fn lines_may_say_their_offsets(world: &mut World) {
    let (session, message) = begin(world);
    lines(world, session, &message, &[r#"{"offset":0,"text":"one "}"#, r#"{"offset":4,"text":"two "}"#]).is(200);
    // A producer that lost its connection begins again before the end.
    let again =
        lines(world, session, &message, &[r#"{"offset":4,"text":"two "}"#, r#"{"offset":8,"text":"three"}"#, r#"{"complete":true}"#]);
    assert_eq!(again.is(200)["content"], "one two three");
}

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

fn a_malformed_line_comes_after_good_ones(world: &mut World) {
    let (session, message) = begin(world);
    lines(world, session, &message, &[r#"{"text":"good "}"#, r#"{"text":"better"}"#, r#"{"text":"#, r#"{"text":"lost"}"#])
        .refused("malformed");
    assert_eq!(world.message(ADA, session, &message)["content"], "good better");
    lines(world, session, &message, &["nonsense"]).refused("malformed");
    lines(world, session, &message, &[""]).refused("malformed");
    assert_eq!(world.log(session).entries.len(), 3);
}

fn a_line_that_is_refused_ends_the_rest(world: &mut World) {
    let (session, message) = begin(world);
    let gap = lines(world, session, &message, &[r#"{"text":"good"}"#, r#"{"offset":9,"text":"gap"}"#, r#"{"complete":true}"#])
        .refused("offsetGap");
    assert_eq!(gap["nextOffset"], 4);
    let read = world.message(ADA, session, &message);
    assert_eq!((&read["content"], &read["status"]), (&json!("good"), &json!("streaming")));
}

fn lines_fail_a_stream(world: &mut World) {
    let (session, message) = begin(world);
    let failed = lines(world, session, &message, &[r#"{"text":"Half"}"#, r#"{"fail":{"code":"x","message":"It broke."}}"#]).is(200);
    assert_eq!((&failed["content"], &failed["status"], &failed["error"]["code"]), (&json!("Half"), &json!("failed"), &json!("x")));
    lines(world, session, &message, &[r#"{"text":"More"}"#]).refused("messageStopped");
}

fn lines_have_a_producer(world: &mut World) {
    let (session, message) = begin(world);
    world.post(HAL, session, Op::StreamLines(&message), r#"{"text":"x"}"#).refused("forbidden");
    let unknown = world.new_id().to_string();
    lines(world, session, &unknown, &[r#"{"text":"x"}"#]).refused("messageNotFound");
}

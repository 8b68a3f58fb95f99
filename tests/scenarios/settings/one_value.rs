//! A body is one JSON value and nothing behind it: what only looks like one once it stands in a command is refused.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![a_body_is_one_value];

fn a_body_is_one_value(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    let issue = r#"{"title":"t","status":"s"}"#;
    for (who, op, body) in [
        (ADA, Op::AppendMessage, r#"{"type":"user","content":"a"},"x":1"#),
        (ADA, Op::AppendMessage, r#"{"type":"user","content":"a"},"message":{"type":"user","content":"b"}"#),
        (ADA, Op::AppendMessage, r#"{"type":"user","content":"a"}}"#),
        (ADA, Op::AppendMessage, r#"{"type":"user","content":"a"} {"#),
        (ADA, Op::SetProject, r#"null,"project":{"id":"1","name":"n","type":"linear"}"#),
        (ADA, Op::SetPreferences, r#"{"language":"de"},"kind":"end""#),
        (ADA, Op::RecordIssue("LIN-1"), r#"{"title":"t","status":"s"},"issue":{"id":"2","title":"t","status":"s"}"#),
        (ADA, Op::RecordIssue("LIN-1"), r#"{"title":"t","status":"s","id":"LIN-1","id":"LIN-2"}"#),
        (BOT, Op::AppendDelta(&message), r#"{"message":"018f0000-0000-7000-8000-000000000000","offset":0,"text":"x"}"#),
        (BOT, Op::AppendDelta(&message), r#"{"offset":0,"text":"x"},"epoch":1"#),
        (BOT, Op::AppendDelta(&message), r#""offset":0,"text":"x"}"#),
        (BOT, Op::Complete(&message), "{},"),
        (BOT, Op::Complete(&message), "[]"),
        (ADA, Op::Update, r#"{"title":"T"}{"title":"U"}"#),
        (ADA, Op::End, r#"{"reason":"ended","kind":"end"}"#),
        (ADA, Op::Commands, r#"{"commands":[{"kind":"rename","title":"T"}],"kind":"batch"}"#),
    ] {
        world.post(who, session, op, body).refused("malformed");
    }
    assert_eq!(world.log(session).entries.len(), 2);
    world.post(ADA, session, Op::RecordIssue("LIN-1"), issue).is(200);
}

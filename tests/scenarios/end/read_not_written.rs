//! An ended session is read as before and written by nobody, an operator included. Its end is its last entry.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World};
use serde_json::json;

scenarios![an_ended_session_is_read_but_not_written];

fn an_ended_session_is_read_but_not_written(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let said = world.say(ADA, session, "Bye");
    world.advance(5);
    let ended = world.post(ADA, session, Op::End, "").is(200);
    assert_eq!(ended["isActive"], false);
    assert_eq!(ended["ended"], json!({ "at": "2026-01-01T00:00:00.005Z", "reason": "ended" }));
    assert_eq!(world.log(session).ended.as_deref(), Some("ended"));
    for (who, op, body) in [
        (ADA, Op::AppendMessage, json!({ "type": "user", "content": "More" })),
        (ADA, Op::Update, json!({ "title": "More" })),
        (ADA, Op::Stop(&said), json!({})),
        (ADA, Op::RecordIssue("LIN-1"), json!({ "title": "t", "status": "s" })),
        (ADA, Op::End, json!({})),
        (BOT, Op::AppendMessage, json!({ "type": "assistant", "content": "More" })),
        (OPS, Op::Commands, json!({ "commands": [{ "kind": "rename", "title": "More" }] })),
    ] {
        world.post(who, session, op, body).refused("sessionEnded");
    }
    assert_eq!(world.read(ADA, session)["messages"][0]["content"], "Bye");
    assert_eq!(world.message(ADA, session, &said)["content"], "Bye");
    world.post(ADA, session, Op::Subscribe { since: None }, "").is(200);
    assert_eq!(world.log(session).entries.len(), 3);
}

//! A session that is not yours does not exist: every answer is the same to the byte as for one that is missing.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World, command};
use serde_json::json;

scenarios![a_session_of_somebody_else_does_not_exist, frames_for_a_session_of_somebody_else_are_rejected];

fn a_session_of_somebody_else_does_not_exist(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.say(ADA, session, "Secret");
    let missing = world.new_id();
    for (op, body) in [
        (Op::Read { messages: None }, json!("")),
        (Op::Update, json!({ "title": "Mine" })),
        (Op::Update, json!({ "nonsense": 1 })),
        (Op::End, json!({})),
        (Op::Erase, json!({})),
        (Op::AppendMessage, json!({ "type": "user", "content": "Hi" })),
        (Op::ListMessages { before: None, limit: 10 }, json!({})),
        (Op::ReadMessage(&message), json!({})),
        (Op::AppendDelta(&message), json!({ "offset": 0, "text": "x" })),
        (Op::Stop(&message), json!({})),
        (Op::StreamLines(&message), json!({ "text": "x" })),
        (Op::SetProject, json!(null)),
        (Op::RecordIssue("LIN-1"), json!({ "title": "t", "status": "s" })),
        (Op::SetPreferences, json!({})),
        (Op::Commands, json!({ "commands": [{ "kind": "rename", "title": null }] })),
        (Op::Subscribe { since: None }, json!({})),
    ] {
        let his = world.post(BEN, session, op, &body);
        his.refused("sessionNotFound");
        assert_eq!(his, world.post(BEN, missing, op, &body), "{op:?} tells it apart from one that is missing");
    }
    assert_eq!(world.log(session).entries.len(), 2);
}

fn frames_for_a_session_of_somebody_else_are_rejected(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let missing = world.new_id();
    let rename = command(world.new_id(), 1, json!({ "kind": "rename", "title": "Mine" }));
    let mut frames = world.submit(BEN, session, 0, std::slice::from_ref(&rename));
    assert_eq!(frames[0]["code"], "sessionNotFound");
    frames[0]["session"] = json!(missing.to_string());
    assert_eq!(frames, world.submit(BEN, missing, 0, std::slice::from_ref(&rename)));
    assert_eq!(world.log(session).entries.len(), 1);
}

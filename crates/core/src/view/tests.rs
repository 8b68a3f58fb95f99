//! What people read: the same fields in a session's head, in the session, and in a list's row, whatever its last message holds.

use std::prelude::v1::*;

use std::format;

use serde_json::Value;

use super::{head_json, session_json, summary_json};
use crate::scene::{NOW, Scene, ada, bot, id};

fn read(json: &str) -> Value {
    serde_json::from_str(json).expect("it is JSON")
}

#[test]
fn a_session_is_its_head_and_its_messages() {
    let mut scene = Scene::created(r#","title":"T","data":{"a":[1]}"#);
    for n in 1..4 {
        scene.does(&ada(), &format!(r##"{{"kind":"appendMessage","message":{{"id":"#{n}","type":"user","content":"m{n}"}}}}"##));
    }
    let session = scene.session();
    let (head, mut whole) = (read(&head_json(session, NOW + 5)), read(&session_json(session, NOW + 5, None)));
    assert_eq!(whole["messages"].as_array().map(Vec::len), Some(3));
    assert_eq!(read(&session_json(session, NOW + 5, Some(2)))["messages"][0]["content"], "m2");
    assert_eq!(read(&session_json(session, NOW + 5, Some(0)))["messages"], serde_json::json!([]));
    whole.as_object_mut().expect("an object").remove("messages");
    assert_eq!(head, whole);
    assert_eq!(
        (&head["lastActivity"], &head["isActive"], &head["hasEarlier"]),
        (&"2026-01-01T00:00:00.005Z".into(), &true.into(), &false.into())
    );
    assert_eq!(head["context"]["userPreferences"]["language"], "en", "also where nobody gave a context");
    assert_eq!(read(&head_json(session, 0))["lastActivity"], "2026-01-01T00:00:00.000Z", "never before it was created");
}

#[test]
fn a_row_shows_the_beginning_of_the_newest_message() {
    let mut scene = Scene::new();
    assert_eq!(read(&summary_json(scene.session(), NOW)).get("preview"), None);
    let text = "\u{e9}\"\\\n\u{1f600}".repeat(40);
    let expected: String = text.chars().take(120).collect();
    let content = serde_json::to_string(&text).expect("JSON");
    scene.does(&ada(), &format!(r##"{{"kind":"appendMessage","message":{{"id":"#1","type":"user","content":{content}}}}}"##));
    let row = read(&summary_json(scene.session(), NOW));
    assert_eq!((&row["preview"], &row["messageCount"], &row["isActive"]), (&expected.clone().into(), &1.into(), &true.into()));
    // While it streams it is not encoded yet.
    scene.does(
        &bot(),
        &format!(r##"{{"kind":"appendMessage","message":{{"id":"#2","type":"assistant","status":"streaming","content":{content}}}}}"##),
    );
    assert_eq!(read(&summary_json(scene.session(), NOW))["preview"], expected);
    scene.does(&bot(), r##"{"kind":"completeMessage","message":"#2"}"##);
    assert_eq!(read(&summary_json(scene.session(), NOW))["preview"], expected);
    assert!(scene.session().message(id(2)).is_some());
    scene.does(&ada(), r##"{"kind":"appendMessage","message":{"id":"#3","type":"user","parts":[]}}"##);
    assert_eq!(read(&summary_json(scene.session(), NOW))["preview"], "");
}

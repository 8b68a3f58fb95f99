//! Lines may set parts and complete the message; everything in one request goes as one append.

use colloq_tests::scenarios;
use colloq_tests::world::World;
use serde_json::json;

use super::{begin, lines};

scenarios![lines_set_parts_and_complete];

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

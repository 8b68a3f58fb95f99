//! A session begins with the title, data, context and limits that it is given; what is not given has its default.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, default_limits};
use serde_json::json;

scenarios![a_session_begins_with_what_it_is_given];

fn a_session_begins_with_what_it_is_given(world: &mut World) {
    let context = json!({
        "activeProject": { "id": "p1", "name": "Colloquy", "type": "codegen" },
        "recentIssues": [{ "id": "LIN-1", "title": "Begin", "status": "open" }],
        "userPreferences": { "language": "de", "responseFormat": "detailed" },
    });
    let body =
        json!({ "title": "Plans", "data": { "theme": "dark" }, "context": context, "limits": { "maxMessages": 10, "idleMs": 60000 } });
    let session = world.create(ADA, body);
    let read = world.read(ADA, session);
    assert_eq!(read["title"], "Plans");
    assert_eq!(read["data"], json!({ "theme": "dark" }));
    assert_eq!(read["context"], context);
    assert_eq!((&read["limits"]["maxMessages"], &read["limits"]["idleMs"]), (&json!(10), &json!(60000)));
    assert_eq!(read["limits"]["absoluteMs"], default_limits()["absoluteMs"]);
}

//! Where there are more than `maxMessages`, the oldest message leaves the live session by an event of its own. The count goes on.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

use super::contents;

scenarios![the_oldest_leave_where_there_are_too_many];

fn the_oldest_leave_where_there_are_too_many(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxMessages": 3 } }));
    for content in ["a", "b", "c"] {
        world.say(ADA, session, content);
    }
    assert_eq!(world.read(ADA, session)["hasEarlier"], false);
    world.say(ADA, session, "d");
    assert_eq!(world.log(session).events(5), ["messagesTrimmed", "messageAppended"]);
    let read = world.read(ADA, session);
    assert_eq!(contents(&read), ["b", "c", "d"]);
    assert_eq!(read["hasEarlier"], true);
    let summary: Value = serde_json::from_str(&world.log(session).summary).expect("a summary is JSON");
    assert_eq!((&summary["messageCount"], &summary["preview"]), (&json!(4), &json!("d")));
}

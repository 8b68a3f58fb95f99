//! Where there is more text than `maxContentBytes`, the oldest messages leave until it fits.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::contents;

scenarios![the_oldest_leave_where_there_is_too_much_text];

fn the_oldest_leave_where_there_is_too_much_text(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxContentBytes": 4096 } }));
    for letter in ["a", "b", "c", "d"] {
        world.say(ADA, session, &letter.repeat(1000));
    }
    world.say(ADA, session, &"e".repeat(1024));
    let read = world.read(ADA, session);
    let letters: Vec<&str> = contents(&read).iter().map(|content| &content[..1]).collect();
    assert_eq!(letters, ["b", "c", "d", "e"]);
}

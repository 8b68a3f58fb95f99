//! Limits that were lowered take effect at once: the oldest messages leave with the same entry, and a nearer deadline is told the store.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, World};
use serde_json::json;

use super::set;

scenarios![lowered_limits_take_effect_at_once];

fn lowered_limits_take_effect_at_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let messages: Vec<String> = (0..5).map(|n| world.say(ADA, session, &n.to_string())).collect();
    let lowered = set(world, ADA, session, json!({ "maxMessages": 3, "idleMs": 5 * MINUTE_MS })).is(200);
    assert_eq!((lowered["messages"].as_array().map(Vec::len), &lowered["hasEarlier"]), (Some(3), &json!(true)));
    let entry = world.log(session).entry(7);
    assert_eq!((&entry["events"][0]["kind"], &entry["events"][0]["messages"]), (&json!("messagesTrimmed"), &json!(messages[..2])));
    assert_eq!(entry["events"][1]["kind"], "limitsSet");
    assert_eq!(world.log(session).deadline_ms, Some(world.now + 5 * MINUTE_MS));
    assert_eq!(world.wake_at, Some(world.now + 5 * MINUTE_MS));
    world.advance(5 * MINUTE_MS);
    world.tick();
    assert_eq!(world.log(session).ended.as_deref(), Some("idle"));
    // Nothing has to leave: nothing is said of it.
    let session = world.create(ADA, json!({}));
    set(world, ADA, session, json!({ "maxMessages": 3 })).is(200);
    assert_eq!(world.log(session).events(2), ["limitsSet"]);
}

//! A rejection under a key is on record like an acceptance: the same request is rejected again, also where it would now be accepted.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![a_rejection_is_recorded];

fn a_rejection_is_recorded(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let (id, delta) = (world.new_id().to_string(), json!({ "offset": 0, "text": "Hello" }));
    let first = world.post_once(BOT, session, "a", Op::AppendDelta(&id), &delta);
    first.refused("messageNotFound");
    assert_eq!(first.version, 2, "it is an entry");
    let entry = world.log(session).entry(2);
    assert_eq!((&entry["outcome"], &entry["events"]), (&json!("messageNotFound"), &json!([])));
    let begun = json!({ "id": id, "type": "assistant", "status": "streaming" });
    world.post(BOT, session, Op::AppendMessage, begun).is(201);
    world.post_once(BOT, session, "a", Op::AppendDelta(&id), &delta).refused("messageNotFound");
    world.twin().post_once(BOT, session, "a", Op::AppendDelta(&id), &delta).refused("messageNotFound");
    assert_eq!(world.log(session).entries.len(), 3);
    world.post_once(BOT, session, "b", Op::AppendDelta(&id), &delta).is(200);
    // Also after the end: what was answered once is answered again.
    let last = world.post_once(ADA, session, "c", Op::End, "").is(200);
    assert_eq!(world.post_once(ADA, session, "c", Op::End, "").is(200), last);
    world.post_once(ADA, session, "d", Op::End, "").refused("sessionEnded");
}

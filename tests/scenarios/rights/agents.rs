//! Agents change data and leave title, limits, context and end of a session alone.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![agents_talk_and_leave_the_rest_alone];

fn agents_talk_and_leave_the_rest_alone(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for (op, body) in [
        (Op::Update, json!({ "title": "Renamed" })),
        (Op::Update, json!({ "limits": { "maxMessages": 1 } })),
        (Op::SetProject, json!(null)),
        (Op::RecordIssue("LIN-1"), json!({ "title": "t", "status": "s" })),
        (Op::SetPreferences, json!({ "language": "fr" })),
        (Op::End, json!({})),
        (Op::Erase, json!({})),
    ] {
        world.post(BOT, session, op, body).refused("forbidden");
    }
    world.post(BOT, session, Op::Update, json!({ "data": { "seen": true } })).is(200);
    assert_eq!(world.read(BOT, session)["data"], json!({ "seen": true }));
}

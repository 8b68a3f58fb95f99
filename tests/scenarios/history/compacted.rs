//! Compacting puts a summary in the place of the oldest messages: they leave the live session, and their number still counts.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World};
use serde_json::{Value, json};

use super::{contents, talk};

scenarios![a_summary_takes_the_place_of_messages];

fn a_summary_takes_the_place_of_messages(world: &mut World) {
    let (session, messages) = talk(world);
    assert_eq!(world.read(ADA, session).get("summary"), None);
    let body = json!({ "through": messages[1], "summary": "It is a bird." });
    let compacted = world.post(BOT, session, Op::Compact, body).is(200);
    assert_eq!((&compacted["summary"], &compacted["hasEarlier"]), (&json!("It is a bird."), &json!(true)));
    assert_eq!(world.log(session).events(6), ["compacted"]);
    assert_eq!(contents(world, session), ["A plane?", "No."]);
    world.post(ADA, session, Op::ReadMessage(&messages[0]), "").refused("messageNotFound");
    let summary: Value = serde_json::from_str(&world.log(session).summary).expect("a row is JSON");
    assert_eq!((&summary["messageCount"], &summary["preview"]), (&json!(4), &json!("No.")));
    // All of them, by an operator; then lists have nothing to show.
    world.post(OPS, session, Op::Compact, json!({ "through": messages[3], "summary": "" })).is(200);
    assert_eq!(contents(world, session), [""; 0]);
    let summary: Value = serde_json::from_str(&world.log(session).summary).expect("a row is JSON");
    assert_eq!((&summary["messageCount"], summary.get("preview")), (&json!(4), None));
}

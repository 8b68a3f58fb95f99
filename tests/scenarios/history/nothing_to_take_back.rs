//! A command that changes nothing is accepted and makes an entry all the same: whoever sent it hears of it like of any other.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::json;

use super::talk;

scenarios![what_changes_nothing_makes_an_entry];

fn what_changes_nothing_makes_an_entry(world: &mut World) {
    let (session, messages) = talk(world);
    let answer = world.post(ADA, session, Op::Rewind, json!({ "through": messages[3] }));
    assert_eq!((answer.is(200)["version"].clone(), answer.version), (json!(6), 6));
    let client = world.new_id();
    let nothing = [
        json!({ "kind": "rewind", "through": messages[3] }),
        json!({ "kind": "stopMessage", "message": messages[3] }),
        json!({ "kind": "removeIssue", "issue": "LIN-1" }),
    ];
    for (seq, what) in (1..).zip(nothing) {
        assert_eq!(world.submit(ADA, session, 6, &[command(client, seq, what)]), [json!(null); 0]);
        let entry = world.log(session).entry(6 + seq as usize);
        assert_eq!(
            (&entry["command"], &entry["outcome"], &entry["events"]),
            (&json!([client.to_string(), seq]), &json!("accepted"), &json!([]))
        );
    }
    // A delta that repeats what is there, as well.
    let streaming = world.stream(BOT, session);
    world.delta(BOT, session, &streaming, 0, "Hi");
    let version = world.log(session).head().version;
    assert_eq!(world.delta(BOT, session, &streaming, 0, "Hi"), 2);
    assert_eq!(world.log(session).head().version, version + 1);
}

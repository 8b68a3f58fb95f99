//! A session that was away is as it was, to the byte, and the store was told of the last activity.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, MINUTE_MS, World, command};
use serde_json::json;

scenarios![who_was_away_is_as_before];

fn who_was_away_is_as_before(world: &mut World) {
    let session = world.create(ADA, json!({ "title": "Tea", "data": { "a": 1 } }));
    let client = world.new_id();
    for n in 1..=70 {
        world.advance(7);
        world.submit(ADA, session, 0, &[command(client, n, json!({ "kind": "patchData", "patch": { "n": n } }))]);
        world.say(ADA, session, &format!("Question {n}"));
    }
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, "An answer");
    world.post(BOT, session, Op::Complete(&message), json!({})).is(200);
    world.advance(MINUTE_MS);
    let (read, digest) = (world.read(ADA, session), world.read_digest(session));
    let read_at = world.now;
    world.advance(1000);
    assert_eq!(world.rest(1000), [session]);
    assert_eq!(world.log(session).touched_ms, read_at, "reading was activity, and the store had not heard of it");
    assert_eq!(world.read_digest(session), digest);
    let again = world.read(BOT, session);
    assert_eq!(again["lastActivity"], read["lastActivity"]);
    assert_eq!((&again["messages"], &again["data"], &again["version"]), (&read["messages"], &read["data"], &read["version"]));
    // Exactly once holds across it.
    assert_eq!(world.rest(0), [session]);
    world.submit(ADA, session, 0, &[command(client, 70, json!({ "kind": "patchData", "patch": { "n": 0 } }))]);
    assert_eq!(world.read(ADA, session)["data"]["n"], 70);
}

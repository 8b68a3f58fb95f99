//! The end of a session: closed for writing, not for reading.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World, command};
use serde_json::json;

scenarios![
    an_ended_session_is_read_but_not_written,
    frames_are_rejected_after_the_end,
    who_ends_says_why,
    nothing_brings_it_back,
    nothing_streams_beyond_the_end
];

fn an_ended_session_is_read_but_not_written(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let said = world.say(ADA, session, "Bye");
    world.advance(5);
    let ended = world.post(ADA, session, Op::End, "").is(200);
    assert_eq!(ended["isActive"], false);
    assert_eq!(ended["ended"], json!({ "at": "2026-01-01T00:00:00.005Z", "reason": "ended" }));
    assert_eq!(world.log(session).ended.as_deref(), Some("ended"));
    for (who, op, body) in [
        (ADA, Op::AppendMessage, json!({ "type": "user", "content": "More" })),
        (ADA, Op::Update, json!({ "title": "More" })),
        (ADA, Op::Stop(&said), json!({})),
        (ADA, Op::RecordIssue("LIN-1"), json!({ "title": "t", "status": "s" })),
        (ADA, Op::End, json!({})),
        (BOT, Op::AppendMessage, json!({ "type": "assistant", "content": "More" })),
        (OPS, Op::Commands, json!({ "commands": [{ "kind": "rename", "title": "More" }] })),
    ] {
        world.post(who, session, op, body).refused("sessionEnded");
    }
    assert_eq!(world.read(ADA, session)["messages"][0]["content"], "Bye");
    assert_eq!(world.message(ADA, session, &said)["content"], "Bye");
    world.post(ADA, session, Op::Subscribe { since: None }, "").is(200);
    assert_eq!(world.log(session).entries.len(), 3);
}

fn frames_are_rejected_after_the_end(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(ADA, session, Op::End, "").is(200);
    let rename = command(world.new_id(), 1, json!({ "kind": "rename", "title": "More" }));
    let frames = world.submit(ADA, session, 2, std::slice::from_ref(&rename));
    assert_eq!((&frames[0]["kind"], &frames[0]["code"], &frames[0]["id"]), (&json!("rejected"), &json!("sessionEnded"), &rename["id"]));
    // On record, so that the client may forget it.
    assert_eq!(world.log(session).entry(3)["outcome"], "sessionEnded");
}

fn who_ends_says_why(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(ADA, session, Op::End, json!({ "reason": "idle" })).invalid("/reason", "reason");
    world.post(BOT, session, Op::End, "").refused("forbidden");
    let ended = world.post(ADA, session, Op::End, json!({ "reason": "signedOut" })).is(200);
    assert_eq!(ended["ended"]["reason"], "signedOut");
    let other = world.create(ADA, json!({}));
    let ended = world.post(OPS, other, Op::End, json!({ "reason": "evicted" })).is(200);
    assert_eq!(ended["ended"]["reason"], "evicted");
}

fn nothing_brings_it_back(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.post(ADA, session, Op::End, "").is(200);
    world.post(ADA, session, Op::Create, json!({})).refused("idTaken");
    assert_eq!(world.twin().read(ADA, session)["isActive"], false);
}

fn nothing_streams_beyond_the_end(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, "Half");
    world.post(ADA, session, Op::End, "").is(200);
    assert_eq!(world.log(session).events(4), ["messageStopped", "sessionEnded"]);
    let stopped = world.message(ADA, session, &message);
    assert_eq!((&stopped["status"], &stopped["content"]), (&json!("stopped"), &json!("Half")));
}

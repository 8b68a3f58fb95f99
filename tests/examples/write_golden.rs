//! Writes the golden files that are missing, and the list of their hashes. What is there is never written again.

use std::fs;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_core::json::Json;
use colloq_tests::engine::Kind;
use colloq_tests::golden::{NAMES, files, folder, replay, sha256, state_of};
use colloq_tests::world::{ADA, APP, BOT, GUEST, MINUTE_MS, OPS, World, command};
use serde_json::{Value, json};

fn main() {
    let mut world = World::new(Kind::Native);
    let talk = play_talk(&mut world);
    let streams = play_streams(&mut world);
    let (fork, import) = play_copies(&mut world, talk);
    for (name, session) in NAMES.iter().zip([talk, streams, fork, import]) {
        let entries: Vec<&str> = (1..=world.log(session).entries.len()).map(|version| world.log(session).text(version)).collect();
        let log = entries.join("\n") + "\n";
        let state = replay(&log);
        write(1, &format!("{name}.snapshot"), &state.to_snapshot());
        write(1, &format!("{name}.state"), &format!("{:#}\n", state_of(&state)));
        write(1, &format!("{name}.log"), &log);
    }
    write_schema_0();
    let list = files().into_iter().map(|name| {
        let bytes = fs::read(folder(1).join("..").join(&name)).expect("it was just written");
        format!("{}  {name}\n", sha256(&bytes))
    });
    fs::write(folder(1).join("../SHA256"), list.collect::<String>()).expect("the list is written");
}

/// Writes a file, unless it is there.
fn write(schema: u32, name: &str, text: &str) {
    let path = folder(schema).join(name);
    if !path.exists() {
        fs::write(path, text).expect("it is written");
    }
}

/// A talk with everything that is no stream: context, data, limits, metadata, history, rejections, a digest, an end.
fn play_talk(world: &mut World) -> Id {
    let session =
        world.create(GUEST, json!({ "title": "Tea", "context": { "userPreferences": { "language": "fr" } }, "data": { "a": 1.50 } }));
    world.post(OPS, session, Op::SignIn, json!({ "userId": "ada" })).is(200);
    let first = world.say(ADA, session, "Is there \"tea\"?\n\u{1f375}");
    world.post(BOT, session, Op::AppendMessage, json!({ "type": "assistant", "content": "Yes.", "replyTo": first, "turn": "t1" })).is(201);
    world.post(ADA, session, Op::SetProject, json!({ "id": "p", "name": "P", "type": "linear" })).is(200);
    world.post(ADA, session, Op::RecordIssue("LIN-1"), json!({ "title": "Milk", "status": "open" })).is(200);
    world.post(ADA, session, Op::RecordIssue("LIN-2"), json!({ "title": "Sugar", "status": "done" })).is(200);
    world.post(ADA, session, Op::RemoveIssue("LIN-1"), "").is(200);
    world.post(ADA, session, Op::SetPreferences, json!({ "responseFormat": "detailed" })).is(200);
    world.post(ADA, session, Op::Update, json!({ "title": "Teas", "data": { "b": { "c": null, "d": [1, "x"] } } })).is(200);
    let noted = json!({ "metadata": { "apiCalls": ["kettle"], "processingTime": 0.25 } });
    world.post(ADA, session, Op::PatchMessage(&first), noted).is(200);
    world.post_once(ADA, session, "key-1", Op::AppendMessage, json!({ "type": "user", "content": "once" })).is(201);
    let removed = world.say(ADA, session, "not this");
    world.post(ADA, session, Op::RemoveMessage(&removed), "").is(204);
    let page = world.new_id();
    let (own, other) = (world.new_id().to_string(), world.new_id().to_string());
    let version = world.log(session).head().version;
    let said = |id: &str, text: &str| json!({ "kind": "appendMessage", "message": { "id": id, "type": "user", "content": text } });
    let batch = json!({ "kind": "batch", "commands": [said(&own, "one"), { "kind": "rename", "title": null }] });
    let edit = json!({ "kind": "editMessage", "message": own, "replacement": { "id": other, "type": "user", "content": "two" } });
    let rejected = json!({ "kind": "removeMessage", "message": world.new_id().to_string() });
    let commands: Vec<Value> = [batch, edit, rejected].into_iter().zip(1..).map(|(what, seq)| command(page, seq, what)).collect();
    world.submit(ADA, session, version, &commands);
    world.post(BOT, session, Op::Compact, json!({ "through": first, "summary": "Somebody asked for tea." })).is(200);
    world.post(ADA, session, Op::Update, json!({ "limits": { "maxMessages": 3, "idleMs": 60_000 } })).is(200);
    while world.log(session).entries.len() < 66 {
        let text = format!("message {}", world.log(session).entries.len());
        world.say(ADA, session, &text);
    }
    world.post(ADA, session, Op::SignOut, "").is(200);
    world.advance(2 * MINUTE_MS);
    world.tick();
    session
}

/// Streams, and all the ways in which they go on and end.
fn play_streams(world: &mut World) -> Id {
    let session = world.create(ADA, json!({}));
    let whole = world.stream(BOT, session);
    let next = world.delta(BOT, session, &whole, 0, "He said: \u{e9}");
    world.post(BOT, session, Op::Revise(&whole), json!({ "from": 9, "text": "hello" })).is(200);
    let tool = json!({ "id": "call", "type": "tool-x", "state": "done", "output": { "z": 1, "a": [null, -0.5] } });
    let line = format!("{}\n{}\n", json!({ "setPart": tool }), json!({ "part": "why", "text": "Because" }));
    world.post(BOT, session, Op::StreamLines(&whole), line).is(200);
    assert_eq!(next, 11);
    world.post(OPS, session, Op::TakeOver(&whole), "").is(200);
    world.post(OPS, session, Op::Complete(&whole), json!({ "epoch": 2, "metadata": { "apiCalls": [] } })).is(200);
    for how in ["stop", "interrupt", "fail", "silence", "open"] {
        let message = world.stream(BOT, session);
        world.delta(BOT, session, &message, 0, "partial text");
        match how {
            "stop" => drop(world.post(ADA, session, Op::Stop(&message), "").is(200)),
            "interrupt" => drop(world.post(ADA, session, Op::Interrupt(&message), json!({ "heardOffset": 7, "playedMs": 640 })).is(200)),
            "fail" => {
                let error = json!({ "error": { "code": "model", "message": "It broke." } });
                world.post(BOT, session, Op::Fail(&message), error).is(200);
            }
            "silence" => {
                world.advance(MINUTE_MS + 1);
                world.tick();
            }
            _ => {}
        }
    }
    session
}

/// A fork of a session, and a copy of it out of an export.
fn play_copies(world: &mut World, parent: Id) -> (Id, Id) {
    let (fork, import) = (world.new_id(), world.new_id());
    let body = String::from_utf8(world.post(OPS, parent, Op::Fork, json!({})).body).expect("text");
    world.post(OPS, fork, Op::Restore, body).is(201);
    let through = world.read(OPS, fork)["messages"][0]["id"].clone();
    world.post(OPS, fork, Op::Rewind, json!({ "through": through })).is(200);
    let line = String::from_utf8(world.post(OPS, parent, Op::Export, "").body).expect("text");
    world.post(OPS, import, Op::Restore, line).is(201);
    (fork, import)
}

/// What a prototype would have written: `messageAdded` in entries, `created` in snapshots.
fn write_schema_0() {
    let (id, first) = (Id::mint(1_700_000_000_000, [1; 16]), Id::mint(1_700_000_000_001, [2; 16]));
    let stamp = |now: u64| json!({ "now": now, "actor": { "role": "user", "id": "ada" } });
    let limits: Value = serde_json::from_str(&colloq_core::Limits::default().to_json()).expect("limits are JSON");
    let created = json!({ "kind": "sessionCreated", "app": APP, "id": id.to_string(), "userId": "ada", "title": "Tea", "limits": limits });
    let added =
        |id: Id, text: &str| json!({ "kind": "messageAdded", "message": { "id": id.to_string(), "type": "user", "content": text } });
    let entry = |version: u64, now: u64, event: Value| {
        json!({ "schema": 0, "version": version, "stamp": stamp(now), "outcome": "accepted", "events": [event] }).to_string()
    };
    let second = Id::mint(1_700_000_000_002, [3; 16]);
    let entries = [
        entry(1, 1_700_000_000_000, created),
        entry(2, 1_700_000_000_001, added(first, "Hello?")),
        entry(3, 1_700_000_000_002, added(second, "Hello!")),
    ];
    let log = entries.join("\n") + "\n";
    let session = replay(&log);
    write(0, "talk.state", &format!("{:#}\n", state_of(&session)));
    write(0, "talk.log", &log);
    // The digest in front of a snapshot is over its text in its own schema, so it is made anew for the text of schema 0.
    let text = session.to_snapshot();
    let body = text[text.find(',').expect("a digest stands in front") + 1..].replacen("\"schema\":1", "\"schema\":0", 1).replacen(
        "\"createdAt\"",
        "\"created\"",
        1,
    );
    let digest = colloq_core::snapshot_digest(&body).expect("the text is a snapshot's");
    write(0, "talk.snapshot", &format!("{{\"digest\":\"{digest}\",{body}"));
}

//! Appending a message: what it becomes, what is refused, and who makes room for it.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::{Value, json};

scenarios![
    text_becomes_a_message,
    parts_make_the_content,
    a_message_brings_its_id_or_is_given_one,
    an_id_is_used_once,
    content_and_parts_exclude_each_other,
    a_message_is_checked,
    a_message_takes_a_quarter_of_the_content_at_most,
    the_oldest_leave_where_there_are_too_many,
    the_oldest_leave_where_there_is_too_much_text,
    a_message_that_streams_never_leaves,
    messages_come_in_pages,
];

fn append(world: &mut World, session: Id, body: impl ToString) -> colloq_tests::world::Answer {
    world.post(ADA, session, Op::AppendMessage, body)
}

/// The contents of the live messages.
fn contents(session: &Value) -> Vec<&str> {
    let messages = session["messages"].as_array().expect("a session has messages");
    messages.iter().map(|message| message["content"].as_str().expect("a message has content")).collect()
}

fn text_becomes_a_message(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(1234);
    let answer = append(world, session, json!({ "type": "user", "content": "Hello" }));
    assert_eq!(answer.version, 2);
    let message = answer.is(201);
    let expected = json!({
        "id": message["id"],
        "type": "user",
        "content": "Hello",
        "timestamp": "2026-01-01T00:00:01.234Z",
        "status": "complete",
        "parts": [{ "id": "0", "type": "text", "text": "Hello" }],
        "author": { "role": "user", "id": "ada" },
    });
    assert_eq!(message, expected);
    assert_eq!(world.read(ADA, session)["messages"], json!([expected]));
    assert_eq!(world.read(ADA, session)["lastActivity"], "2026-01-01T00:00:01.234Z");
}

fn parts_make_the_content(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let parts =
        json!([{ "type": "text", "text": "Hel" }, { "type": "file", "url": "a.png" }, { "id": "end", "type": "text", "text": "lo" }]);
    let message = append(world, session, json!({ "type": "user", "parts": parts })).is(201);
    assert_eq!(message["content"], "Hello");
    assert_eq!(
        message["parts"],
        json!([
            { "id": "0", "type": "text", "text": "Hel" },
            { "id": "1", "type": "file", "url": "a.png" },
            { "id": "end", "type": "text", "text": "lo" },
        ])
    );
    let twice = json!([{ "id": "a", "type": "text", "text": "1" }, { "id": "a", "type": "text", "text": "2" }]);
    append(world, session, json!({ "type": "user", "parts": twice })).invalid("/message/parts/1/id", "duplicate");
}

fn a_message_brings_its_id_or_is_given_one(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let own = world.new_id().to_string();
    let message = append(world, session, json!({ "id": own, "type": "user", "content": "mine" })).is(201);
    assert_eq!(message["id"], own);
    assert!(world.log(session).entry(2)["stamp"].get("entropy").is_none(), "what was not used is not recorded");

    let given: Id = world.say(ADA, session, "yours").parse().expect("an id");
    assert_eq!(given.time_ms(), world.now);
    let minted = command(world.new_id(), 1, json!({ "kind": "appendMessage", "message": { "type": "user", "content": "again" } }));
    world.submit(ADA, session, 3, &[minted]);
    assert!(world.log(session).entry(4)["stamp"].get("entropy").is_some());
    append(world, session, json!({ "id": "7", "type": "user", "content": "no id" })).refused("malformed");
}

fn an_id_is_used_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let id = world.say(ADA, session, "first");
    append(world, session, json!({ "id": id, "type": "user", "content": "second" })).refused("idTaken");
    assert_eq!(contents(&world.read(ADA, session)), ["first"]);
}

fn content_and_parts_exclude_each_other(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let both = json!({ "type": "user", "content": "a", "parts": [{ "type": "text", "text": "a" }] });
    append(world, session, both).invalid("/message/parts", "contentOrParts");
    append(world, session, json!({ "type": "user" })).invalid("/message/content", "required");
}

fn a_message_is_checked(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let with = |key: &str, value: Value| {
        let mut message = json!({ "type": "user", "content": "a" });
        message[key] = value;
        message
    };
    append(world, session, with("status", json!("stopped"))).invalid("/message/status", "status");
    append(world, session, with("turn", json!("t".repeat(257)))).invalid("/message/turn", "tooLong");
    append(world, session, with("metadata", json!([]))).invalid("/metadata", "object");
    append(world, session, with("metadata", json!({ "apiCalls": [1] }))).invalid("/metadata/apiCalls", "strings");
    append(world, session, with("metadata", json!({ "processingTime": "long" }))).invalid("/metadata/processingTime", "number");
    append(world, session, with("colour", json!("red"))).refused("malformed");
    append(world, session, with("type", json!("god"))).refused("malformed");
    assert_eq!(world.log(session).entries.len(), 1, "what is refused by HTTP leaves no entry");
    let metadata = json!({ "apiCalls": ["linear.search"], "processingTime": 12.5, "mood": null });
    assert_eq!(append(world, session, with("metadata", metadata.clone())).is(201)["metadata"], metadata);
}

fn a_message_takes_a_quarter_of_the_content_at_most(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxContentBytes": 4096 } }));
    append(world, session, json!({ "type": "user", "content": "x".repeat(1025) })).refused("tooLarge");
    append(world, session, json!({ "type": "user", "content": "x".repeat(1024) })).is(201);
    // Bytes count, not characters.
    append(world, session, json!({ "type": "user", "content": "\u{e4}".repeat(513) })).refused("tooLarge");
    append(world, session, json!({ "type": "user", "content": "\u{e4}".repeat(512) })).is(201);
}

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

fn a_message_that_streams_never_leaves(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxMessages": 2 } }));
    let stream = world.stream(BOT, session);
    world.delta(BOT, session, &stream, 0, "still here");
    world.say(ADA, session, "a");
    world.say(ADA, session, "b");
    assert_eq!(contents(&world.read(ADA, session)), ["still here", "b"]);
    world.post(BOT, session, Op::Complete(&stream), json!({})).is(200);
    world.say(ADA, session, "c");
    assert_eq!(contents(&world.read(ADA, session)), ["b", "c"]);
}

fn messages_come_in_pages(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let ids: Vec<String> = (0..5).map(|n| world.say(ADA, session, &format!("m{n}"))).collect();
    let mut before: Option<String> = None;
    let mut pages = Vec::new();
    loop {
        let page = world.post(ADA, session, Op::ListMessages { before: before.as_deref(), limit: 2 }, "").is(200);
        let items = page["items"].as_array().expect("a page has items").clone();
        pages.push(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>());
        let Some(next) = page["nextCursor"].as_str() else { break };
        before = Some(next.to_owned());
    }
    assert_eq!(pages, [vec![ids[4].clone(), ids[3].clone()], vec![ids[2].clone(), ids[1].clone()], vec![ids[0].clone()]]);
    let unknown = Op::ListMessages { before: Some("nothing"), limit: 2 };
    world.post(ADA, session, unknown, "").invalid("/cursor", "unknown");
    let last = world.post(ADA, session, Op::Read { messages: Some(2) }, "").is(200);
    assert_eq!(contents(&last), ["m3", "m4"]);
}

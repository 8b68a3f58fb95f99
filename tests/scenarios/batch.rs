//! A batch: several commands as one, with one entry, all or none.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::{Value, json};

scenarios![
    a_batch_is_one_entry,
    all_or_none,
    each_is_decided_on_those_before_it,
    a_batch_begins_a_session,
    a_batch_holds_some_commands_and_no_batch,
];

fn post(world: &mut World, session: colloq_core::Id, commands: Value) -> colloq_tests::world::Answer {
    world.post(ADA, session, Op::Commands, json!({ "commands": commands }))
}

fn say(content: &str) -> Value {
    json!({ "kind": "appendMessage", "message": { "type": "user", "content": content } })
}

fn a_batch_is_one_entry(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let commands = json!([say("one"), { "kind": "rename", "title": "T" }, say("two")]);
    assert_eq!(post(world, session, commands).is(200), json!({ "version": 2 }));
    assert_eq!(world.log(session).events(2), ["messageAppended", "renamed", "messageAppended"]);
    let read = world.read(ADA, session);
    assert_eq!((&read["title"], &read["messages"][1]["content"]), (&json!("T"), &json!("two")));
    assert_ne!(read["messages"][0]["id"], read["messages"][1]["id"]);
}

fn all_or_none(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let wrong = json!({ "kind": "appendMessage", "message": { "type": "assistant", "content": "x" } });
    post(world, session, json!([say("one"), wrong])).refused("forbidden");
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
    let batch = command(world.new_id(), 1, json!({ "kind": "batch", "commands": [say("one"), wrong] }));
    assert_eq!(world.submit(ADA, session, 1, &[batch])[0]["code"], "forbidden");
    let entry = world.log(session).entry(2);
    assert_eq!((&entry["outcome"], &entry["events"]), (&json!("forbidden"), &json!([])));
}

fn each_is_decided_on_those_before_it(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let id = world.new_id().to_string();
    let batch = json!({ "commands": [
        { "kind": "appendMessage", "message": { "id": id, "type": "assistant", "status": "streaming" } },
        { "kind": "appendDelta", "message": id, "offset": 0, "text": "Hello" },
        { "kind": "appendDelta", "message": id, "offset": 5, "text": " you" },
        { "kind": "completeMessage", "message": id },
    ] });
    world.post(BOT, session, Op::Commands, batch).is(200);
    let message = world.message(ADA, session, &id);
    assert_eq!((&message["status"], &message["content"]), (&json!("complete"), &json!("Hello you")));
    post(world, session, json!([{ "kind": "end" }, say("late")])).refused("sessionEnded");
    assert_eq!(world.read(ADA, session)["isActive"], true);
}

fn a_batch_begins_a_session(world: &mut World) {
    let session = world.new_id();
    let batch = command(world.new_id(), 1, json!({ "kind": "batch", "commands": [{ "kind": "create", "title": "T" }, say("Hello")] }));
    assert_eq!(world.submit(ADA, session, 0, &[batch]), [json!(null); 0]);
    let read = world.read(ADA, session);
    assert_eq!((&read["version"], &read["messages"][0]["content"]), (&json!(1), &json!("Hello")));
}

fn a_batch_holds_some_commands_and_no_batch(world: &mut World) {
    let session = world.create(ADA, json!({}));
    post(world, session, json!([])).invalid("/commands", "length");
    let many: Vec<Value> = (0..65).map(|n| say(&n.to_string())).collect();
    post(world, session, json!(many)).invalid("/commands", "length");
    post(world, session, json!(many[..64])).is(200);
    post(world, session, json!([{ "kind": "batch", "commands": [say("x")] }])).refused("malformed");
}

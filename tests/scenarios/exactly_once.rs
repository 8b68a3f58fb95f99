//! Exactly once: a command is named by its client and a count, and is decided once however often it is sent.

use colloq_core::{CLIENTS_MAX, Id};
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::{Value, json};

scenarios![
    what_is_sent_twice_happens_once,
    a_rejection_is_on_record_and_repeated,
    a_missing_command_is_asked_for,
    an_unknown_client_begins_with_one,
    what_is_malformed_consumes_nothing,
    commands_of_a_frame_are_taken_in_order,
    the_quietest_of_33_clients_is_forgotten,
    what_is_known_of_clients_travels,
];

const NOTHING: [Value; 0] = [];

fn rename(client: Id, seq: u64, title: &str) -> Value {
    command(client, seq, json!({ "kind": "rename", "title": title }))
}

/// The code of the one frame that came back.
#[track_caller]
fn code(frames: &[Value]) -> &str {
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0]["kind"], "rejected");
    frames[0]["code"].as_str().expect("a rejection has a code")
}

fn what_is_sent_twice_happens_once(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let message = json!({ "type": "user", "content": "Once" });
    let append = command(client, 1, json!({ "kind": "appendMessage", "message": message }));
    assert_eq!(world.submit(ADA, session, 1, std::slice::from_ref(&append)), NOTHING);
    assert_eq!(world.log(session).entry(2)["command"], json!([client.to_string(), 1]));
    assert_eq!(world.submit(ADA, session, 1, std::slice::from_ref(&append)), NOTHING);
    assert_eq!(world.submit(ADA, session, 1, &[append.clone(), append]), NOTHING);
    assert_eq!(world.log(session).entries.len(), 2);
    assert_eq!(world.read(ADA, session)["messages"].as_array().map(Vec::len), Some(1));
}

fn a_rejection_is_on_record_and_repeated(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let message = json!({ "type": "assistant", "content": "I am a user" });
    let append = command(client, 1, json!({ "kind": "appendMessage", "message": message }));
    let frames = world.submit(ADA, session, 1, std::slice::from_ref(&append));
    assert_eq!((code(&frames), &frames[0]["id"]), ("forbidden", &append["id"]));
    let entry = world.log(session).entry(2);
    assert_eq!((&entry["outcome"], &entry["events"]), (&json!("forbidden"), &json!([])));
    assert_eq!(code(&world.submit(ADA, session, 1, std::slice::from_ref(&append))), "forbidden");
    assert_eq!(world.log(session).entries.len(), 2);
    assert_eq!(world.submit(ADA, session, 1, &[rename(client, 2, "Next")]), NOTHING, "it consumed its seq");
}

fn a_missing_command_is_asked_for(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    world.submit(ADA, session, 1, &[rename(client, 1, "One")]);
    assert_eq!(code(&world.submit(ADA, session, 1, &[rename(client, 3, "Three")])), "seqGap");
    assert_eq!(world.log(session).entries.len(), 2, "and leaves no trace");
    assert_eq!(world.submit(ADA, session, 1, &[rename(client, 2, "Two"), rename(client, 3, "Three")]), NOTHING);
    assert_eq!(world.read(ADA, session)["title"], "Three");
}

fn an_unknown_client_begins_with_one(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    assert_eq!(code(&world.submit(ADA, session, 1, &[rename(client, 2, "Two")])), "clientForgotten");
    assert_eq!(world.log(session).entries.len(), 1);
    assert_eq!(world.submit(ADA, session, 1, &[rename(client, 1, "One")]), NOTHING);
}

fn what_is_malformed_consumes_nothing(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let unknown = command(client, 1, json!({ "kind": "levitate" }));
    let wrong = command(client, 1, json!({ "kind": "rename", "title": 7 }));
    let system = command(client, 1, json!({ "kind": "expire", "touched_at": 0 }));
    for bad in [unknown, wrong] {
        let frames = world.submit(ADA, session, 1, std::slice::from_ref(&bad));
        assert_eq!((code(&frames), &frames[0]["id"]), ("malformed", &bad["id"]));
    }
    assert_eq!(code(&world.submit(ADA, session, 1, &[json!({ "kind": "rename", "title": "No id" })])), "malformed");
    assert_eq!(world.log(session).entries.len(), 1);
    // What only the host sends is no part of the language, whoever says it.
    assert_ne!(code(&world.submit(ADA, session, 1, &[system])), "");
    assert_eq!(world.read(ADA, session)["isActive"], true);
}

fn commands_of_a_frame_are_taken_in_order(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let wrong = command(client, 2, json!({ "kind": "patchData", "patch": [] }));
    let frames = world.submit(ADA, session, 1, &[rename(client, 1, "One"), wrong, rename(client, 3, "Three")]);
    assert_eq!((code(&frames), &frames[0]["id"][1]), ("invalid", &json!(2)));
    let outcomes: Vec<Value> = (2..=4).map(|version| world.log(session).entry(version)["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "invalid", "accepted"]);
    assert_eq!(world.read(ADA, session)["title"], "Three");
    assert_eq!(world.appends, 2, "they went as one append");
}

fn the_quietest_of_33_clients_is_forgotten(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let clients: Vec<Id> = (0..=CLIENTS_MAX).map(|_| world.new_id()).collect();
    for client in &clients {
        let base = world.log(session).head().version;
        assert_eq!(world.submit(ADA, session, base, &[rename(*client, 1, "Hello")]), NOTHING);
    }
    // The first one spoke at version 2 and was quiet since.
    assert_eq!(code(&world.submit(ADA, session, 2, &[rename(clients[0], 2, "Me again")])), "clientForgotten");
    assert_eq!(code(&world.submit(ADA, session, 1, &[rename(clients[0], 1, "Hello")])), "clientForgotten", "it may have been heard");
    assert_eq!(world.submit(ADA, session, 3, &[rename(clients[1], 2, "I am known")]), NOTHING);
    // Somebody new knows of everything that was said before them.
    let base = world.log(session).head().version;
    assert_eq!(world.submit(ADA, session, base, &[rename(world.new_id(), 1, "New")]), NOTHING);
}

fn what_is_known_of_clients_travels(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let wrong = command(client, 1, json!({ "kind": "patchData", "patch": [] }));
    world.submit(ADA, session, 1, &[wrong.clone(), rename(client, 2, "Two")]);
    let mut twin = world.twin();
    assert_eq!(code(&twin.submit(ADA, session, 1, &[wrong, rename(client, 2, "Two")])), "invalid");
    assert_eq!(twin.log(session).entries.len(), 3);
    // An agent's own count beside it.
    let message = json!({ "type": "assistant", "content": "Hi" });
    let append = command(twin.new_id(), 1, json!({ "kind": "appendMessage", "message": message }));
    assert_eq!(twin.submit(BOT, session, 3, &[append]), NOTHING);
}

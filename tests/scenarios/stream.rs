//! Streams: a message that grows by deltas at offsets in UTF-8 bytes, until it is completed, stopped or given up.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Answer, BOT, HAL, MINUTE_MS, OPS, World};
use serde_json::json;

scenarios![
    offsets_are_bytes,
    what_repeats_the_text_changes_nothing,
    what_differs_from_the_text_is_refused,
    a_hole_is_refused,
    parts_are_set_and_grow,
    completing_merges_metadata,
    a_stop_is_final,
    a_failure_keeps_the_text,
    a_silent_stream_is_dead_after_a_minute,
    an_empty_delta_renews,
    at_most_eight_stream_at_once,
    only_the_producer_writes,
    a_stream_has_the_limits_of_a_message,
    a_delta_needs_a_message,
];

/// Adds text at an offset, or is told why not.
fn delta(world: &mut World, session: Id, message: &str, offset: u64, text: &str) -> Answer {
    world.post(BOT, session, Op::AppendDelta(message), json!({ "offset": offset, "text": text }))
}

fn begin(world: &mut World) -> (Id, String) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    (session, message)
}

fn offsets_are_bytes(world: &mut World) {
    let (session, message) = begin(world);
    assert_eq!(world.delta(BOT, session, &message, 0, "Gr\u{fc}\u{df}e "), 8);
    assert_eq!(world.delta(BOT, session, &message, 8, "\u{1f44b}"), 12);
    let read = world.message(ADA, session, &message);
    assert_eq!((&read["content"], &read["status"]), (&json!("Gr\u{fc}\u{df}e \u{1f44b}"), &json!("streaming")));
    // Within a character nothing can begin.
    let refused = delta(world, session, &message, 3, "\u{fc}").refused("offsetMismatch");
    assert_eq!(refused["nextOffset"], 12);
}

fn what_repeats_the_text_changes_nothing(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "one two ");
    assert_eq!(world.delta(BOT, session, &message, 4, "two "), 8);
    assert_eq!(world.log(session).events(4), [""; 0], "it has an entry, so that its sender hears of it");
    // Only what is new counts.
    assert_eq!(world.delta(BOT, session, &message, 4, "two three"), 13);
    let event = &world.log(session).entry(5)["events"][0];
    assert_eq!((&event["offset"], &event["text"]), (&json!(8), &json!("three")));
    assert_eq!(world.message(ADA, session, &message)["content"], "one two three");
}

fn what_differs_from_the_text_is_refused(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "one two");
    let refused = delta(world, session, &message, 4, "too").refused("offsetMismatch");
    assert_eq!(refused["nextOffset"], 7);
    assert_eq!(world.message(ADA, session, &message)["content"], "one two");
}

fn a_hole_is_refused(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "one");
    let refused = delta(world, session, &message, 4, "two").refused("offsetGap");
    assert_eq!(refused["nextOffset"], 3);
    assert_eq!(world.delta(BOT, session, &message, 3, "two"), 6);
}

fn parts_are_set_and_grow(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "Let me see. ");
    let client = world.new_id();
    let tool = json!({ "id": "t1", "type": "tool-search", "state": "input-available", "input": { "query": "LIN-1" } });
    let mut done = tool.clone();
    done["state"] = json!("output-available");
    let set = |part: &serde_json::Value| json!({ "kind": "setPart", "message": message, "part": part });
    let commands = [
        colloq_tests::world::command(client, 1, set(&tool)),
        colloq_tests::world::command(client, 2, set(&done)),
        colloq_tests::world::command(
            client,
            3,
            json!({ "kind": "appendDelta", "message": message, "part": "after", "offset": 0, "text": "Found." }),
        ),
        colloq_tests::world::command(
            client,
            4,
            json!({ "kind": "appendDelta", "message": message, "part": "after", "offset": 6, "text": " Done." }),
        ),
    ];
    assert_eq!(world.submit(BOT, session, 0, &commands), [json!(null); 0]);
    let read = world.message(ADA, session, &message);
    assert_eq!(read["content"], "Let me see. Found. Done.");
    let parts =
        json!([{ "id": "0", "type": "text", "text": "Let me see. " }, done, { "id": "after", "type": "text", "text": "Found. Done." }]);
    assert_eq!(read["parts"], parts);
}

fn completing_merges_metadata(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let begun = json!({ "type": "assistant", "status": "streaming", "metadata": { "apiCalls": ["a"], "draft": true } });
    let message = world.post(BOT, session, Op::AppendMessage, begun).is(201)["id"].as_str().expect("an id").to_owned();
    world.delta(BOT, session, &message, 0, "Hello");
    let wrong = json!({ "metadata": { "processingTime": "long" } });
    world.post(BOT, session, Op::Complete(&message), wrong).invalid("/metadata/processingTime", "number");
    let patch = json!({ "metadata": { "apiCalls": ["a", "b"], "processingTime": 12, "draft": null } });
    let complete = world.post(BOT, session, Op::Complete(&message), patch).is(200);
    assert_eq!((&complete["status"], &complete["content"]), (&json!("complete"), &json!("Hello")));
    assert_eq!(complete["metadata"], json!({ "apiCalls": ["a", "b"], "processingTime": 12 }));
    world.post(BOT, session, Op::Complete(&message), json!({})).refused("messageStopped");
}

fn a_stop_is_final(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "I was about to");
    let stopped = world.post(ADA, session, Op::Stop(&message), "").is(200);
    assert_eq!((&stopped["status"], &stopped["content"]), (&json!("stopped"), &json!("I was about to")));
    delta(world, session, &message, 14, " say").refused("messageStopped");
    world.post(BOT, session, Op::Complete(&message), "").refused("messageStopped");
    world.post(BOT, session, Op::Fail(&message), json!({ "error": { "code": "x", "message": "y" } })).refused("messageStopped");
    // To stop what has ended is no error and changes nothing.
    world.post(ADA, session, Op::Stop(&message), "").is(200);
    assert_eq!(world.message(ADA, session, &message), stopped);
}

fn a_failure_keeps_the_text(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "Half");
    let error = json!({ "code": "modelOverloaded", "message": "Try later." });
    let failed = world.post(BOT, session, Op::Fail(&message), json!({ "error": error })).is(200);
    assert_eq!((&failed["status"], &failed["content"], &failed["error"]), (&json!("failed"), &json!("Half"), &error));
}

fn a_silent_stream_is_dead_after_a_minute(world: &mut World) {
    let (session, by_tick) = begin(world);
    world.delta(BOT, session, &by_tick, 0, "Half");
    assert_eq!(world.wake_at, Some(world.now + MINUTE_MS), "the module asks to be woken");
    world.advance(MINUTE_MS - 1);
    world.tick();
    assert_eq!(world.message(OPS, session, &by_tick)["status"], "streaming");
    world.advance(1);
    world.tick();
    let dead = world.message(OPS, session, &by_tick);
    assert_eq!((&dead["status"], &dead["content"], &dead["error"]["code"]), (&json!("failed"), &json!("Half"), &json!("producerSilent")));
    delta(world, session, &by_tick, 4, "way").refused("messageStopped");

    // Nobody has to tick: whoever comes by sees it.
    let by_access = world.stream(BOT, session);
    world.advance(MINUTE_MS + 1);
    assert_eq!(world.message(OPS, session, &by_access)["status"], "failed");
    let by_write = world.stream(BOT, session);
    world.advance(MINUTE_MS + 1);
    delta(world, session, &by_write, 0, "late").refused("messageStopped");
}

fn an_empty_delta_renews(world: &mut World) {
    let (session, message) = begin(world);
    for _ in 0..3 {
        world.advance(MINUTE_MS - 1);
        world.tick();
        assert_eq!(world.delta(BOT, session, &message, 0, ""), 0);
    }
    assert_eq!(world.message(OPS, session, &message)["status"], "streaming");
    world.advance(MINUTE_MS);
    world.tick();
    assert_eq!(world.message(OPS, session, &message)["status"], "failed");
}

fn at_most_eight_stream_at_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let streams: Vec<String> = (0..8).map(|_| world.stream(BOT, session)).collect();
    let ninth = json!({ "type": "assistant", "status": "streaming" });
    world.post(BOT, session, Op::AppendMessage, &ninth).refused("limitReached");
    world.post(BOT, session, Op::Complete(&streams[3]), "").is(200);
    world.post(BOT, session, Op::AppendMessage, &ninth).is(201);
}

fn only_the_producer_writes(world: &mut World) {
    let (session, message) = begin(world);
    let body = json!({ "offset": 0, "text": "x" });
    world.post(HAL, session, Op::AppendDelta(&message), &body).refused("forbidden");
    world.post(ADA, session, Op::AppendDelta(&message), &body).refused("forbidden");
    world.post(HAL, session, Op::Complete(&message), "").refused("forbidden");
    world.post(HAL, session, Op::Fail(&message), json!({ "error": { "code": "x", "message": "y" } })).refused("forbidden");
    world.post(OPS, session, Op::AppendDelta(&message), &body).is(200);
    assert_eq!(world.delta(BOT, session, &message, 1, "y"), 2);
}

fn a_stream_has_the_limits_of_a_message(world: &mut World) {
    let session = world.create(ADA, json!({ "limits": { "maxContentBytes": 4096 } }));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, &"x".repeat(1000));
    delta(world, session, &message, 1000, &"x".repeat(25)).refused("tooLarge");
    assert_eq!(world.delta(BOT, session, &message, 1000, &"x".repeat(24)), 1024);
}

fn a_delta_needs_a_message(world: &mut World) {
    let (session, _) = begin(world);
    let unknown = world.new_id().to_string();
    delta(world, session, &unknown, 0, "x").refused("messageNotFound");
    delta(world, session, "no-id", 0, "x").refused("messageNotFound");
    world.post(ADA, session, Op::Stop(&unknown), "").refused("messageNotFound");
    world.post(ADA, session, Op::ReadMessage(&unknown), "").refused("messageNotFound");
    let said = world.say(ADA, session, "whole");
    delta(world, session, &said, 0, "x").refused("messageStopped");
}

//! A stream has parts: one that is not text is set and replaced whole, and each text part grows by offsets of its own.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::begin;

scenarios![parts_are_set_and_grow];

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

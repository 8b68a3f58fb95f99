//! Commands that come in one frame are decided each on its own, and each message that brings no id gets one of its own.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::say;

scenarios![several_in_a_frame];

fn several_in_a_frame(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let client = world.new_id();
    let commands: Vec<_> = (1..=200).map(|seq| command(client, seq, say(&format!("message {seq}")))).collect();
    world.submit(ADA, session, 1, &commands);
    let read = world.read(ADA, session);
    let messages = read["messages"].as_array().unwrap();
    let mut ids: Vec<_> = messages.iter().map(|message| message["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((messages.len(), ids.len()), (200, 200));
}

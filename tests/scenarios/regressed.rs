//! A store that went back: it is given again what it lost where that is at hand; otherwise its history is taken, and the loss is reported.

mod after_others;
mod behind;
mod dropped;
mod found_by_its_head;
mod in_doubt;
mod losses;
mod lost_everything;
mod other_history;
mod others_restored_it;
mod refused;
mod too_far;
mod unknown_outcome;
mod written_over;

use colloq_core::Id;
use colloq_tests::world::{ADA, Settings, World};
use serde_json::{Value, json};

/// A host that keeps so many confirmed entries of a session at hand, and a session with three messages at version 4.
fn keeping(world: &World, recent_max: u32) -> (World, Id) {
    let mut host = world.apart(Settings { recent_max, ..Settings::default() });
    let session = host.create(ADA, json!({}));
    for content in ["one", "two", "three"] {
        host.say(ADA, session, content);
    }
    (host, session)
}

fn hello(content: &str) -> Value {
    json!({ "type": "user", "content": content })
}

fn contents(world: &mut World, session: Id) -> Vec<String> {
    let read = world.read(ADA, session);
    let messages = read["messages"].as_array().expect("a session has messages");
    messages.iter().map(|message| message["content"].as_str().expect("a message has content").to_owned()).collect()
}

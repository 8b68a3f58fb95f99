//! What was said already: taking back, editing, removing, annotating, summing up.

mod annotated;
mod annotations_checked;
mod compact_again;
mod compact_besides_streams;
mod compact_checked;
mod compacted;
mod edit_checked;
mod edited;
mod foreseen;
mod nothing_to_take_back;
mod remove_checked;
mod removed;
mod rewind_checked;
mod rewind_frees;
mod rewind_streams;
mod rewound;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, Answer, BOT, World};
use serde_json::{Value, json};

/// A session in which Ada asked and the agent answered, twice; and the four messages.
fn talk(world: &mut World) -> (Id, [String; 4]) {
    let session = world.create(ADA, json!({}));
    let messages = [
        world.say(ADA, session, "What is it?"),
        world.say(BOT, session, "A bird."),
        world.say(ADA, session, "A plane?"),
        world.say(BOT, session, "No."),
    ];
    (session, messages)
}

/// One command of Ada's, as a batch of one.
fn command(world: &mut World, session: Id, command: Value) -> Answer {
    world.post(ADA, session, Op::Commands, json!({ "commands": [command] }))
}

fn contents(world: &mut World, session: Id) -> Vec<String> {
    let read = world.read(ADA, session);
    let messages = read["messages"].as_array().expect("a session has messages");
    messages.iter().map(|message| message["content"].as_str().expect("a message has content").to_owned()).collect()
}

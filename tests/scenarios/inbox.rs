//! The inbox: the newest user message of a session waits until somebody answers it, and the store's index says so.

mod about_another;
mod answered;
mod comes_back;
mod cut_short;
mod ended;
mod looked_at;
mod newest;
mod still_said;

use colloq_core::Id;
use colloq_tests::world::World;

/// The message that waits, as the store's index has it.
fn waits(world: &World, session: Id) -> Option<String> {
    world.log(session).unanswered.map(|(message, _)| message.to_string())
}

/// Whether the last append said that this changed.
fn turned(world: &World, session: Id) -> bool {
    world.log(session).news.0
}

//! Streams: a message that grows by deltas at offsets in UTF-8 bytes, until it is completed, stopped or given up.

mod at_most_eight;
mod checked_meanwhile;
mod completion;
mod failure;
mod fenced;
mod fenced_by_frame;
mod first_part_taken;
mod gap;
mod interrupt;
mod interrupt_character;
mod interrupt_foreseen;
mod interrupt_in_vain;
mod interrupt_parts;
mod message_needed;
mod mismatch;
mod offsets;
mod operator_writes;
mod parts;
mod producer;
mod renewal;
mod repeated;
mod revise;
mod revise_checked;
mod silence;
mod size;
mod stop;
mod take_over;
mod take_over_again;
mod take_over_checked;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, Answer, BOT, World};
use serde_json::json;

/// Adds text at an offset, or is told why not.
fn delta(world: &mut World, session: Id, message: &str, offset: u64, text: &str) -> Answer {
    world.post(BOT, session, Op::AppendDelta(message), json!({ "offset": offset, "text": text }))
}

fn begin(world: &mut World) -> (Id, String) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    (session, message)
}

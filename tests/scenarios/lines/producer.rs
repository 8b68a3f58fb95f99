//! Lines are taken from the stream's producer alone, and for a message that is there.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{HAL, World};

use super::{begin, lines};

scenarios![lines_have_a_producer];

fn lines_have_a_producer(world: &mut World) {
    let (session, message) = begin(world);
    world.post(HAL, session, Op::StreamLines(&message), r#"{"text":"x"}"#).refused("forbidden");
    let unknown = world.new_id().to_string();
    lines(world, session, &unknown, &[r#"{"text":"x"}"#]).refused("messageNotFound");
}

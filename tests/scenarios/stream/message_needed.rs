//! A delta, a stop and a read need a message that is there; a delta needs one that streams.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{begin, delta};

scenarios![a_delta_needs_a_message];

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

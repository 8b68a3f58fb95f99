//! A stop is final: nothing is added, completed or failed behind it. To stop what has ended is no error and changes nothing.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{begin, delta};

scenarios![a_stop_is_final];

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

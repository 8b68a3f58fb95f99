//! What was stopped, failed or talked over already stays as it is; what a person says is not interrupted.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, World};
use serde_json::json;

use super::begin;

scenarios![what_has_ended_otherwise_is_not_interrupted];

fn what_has_ended_otherwise_is_not_interrupted(world: &mut World) {
    let (session, stopped) = begin(world);
    world.delta(BOT, session, &stopped, 0, "stopped");
    world.post(ADA, session, Op::Stop(&stopped), "").is(200);
    let failed = world.stream(BOT, session);
    world.post(BOT, session, Op::Fail(&failed), json!({ "error": { "code": "x", "message": "y" } })).is(200);
    let interrupted = world.say(BOT, session, "interrupted");
    world.post(ADA, session, Op::Interrupt(&interrupted), json!({ "heardOffset": 5, "playedMs": 1 })).is(200);
    for message in [stopped, failed, interrupted] {
        let before = world.message(ADA, session, &message);
        let answer = world.post(ADA, session, Op::Interrupt(&message), json!({ "heardOffset": 1, "playedMs": 9 }));
        assert_eq!(answer.is(200), before);
        assert_eq!(world.log(session).events(answer.version as usize), [""; 0]);
    }
    let mine = world.say(ADA, session, "I say");
    world.post(ADA, session, Op::Interrupt(&mine), json!({ "heardOffset": 1 })).refused("conflict");
    world.post(ADA, session, Op::Interrupt(&world.new_id().to_string()), "").refused("messageNotFound");
    world.post(ADA, session, Op::Interrupt(&mine), json!({ "heardOffset": -1 })).refused("malformed");
    world.post(BEN, session, Op::Interrupt(&mine), "").refused("sessionNotFound");
}

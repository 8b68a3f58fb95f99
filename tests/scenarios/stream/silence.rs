//! A stream that was silent for a minute has failed; its text stays. A tick, a read or a write sees it, whichever comes first.

use colloq_tests::scenarios;
use colloq_tests::world::{BOT, MINUTE_MS, OPS, World};
use serde_json::json;

use super::{begin, delta};

scenarios![a_silent_stream_is_dead_after_a_minute];

fn a_silent_stream_is_dead_after_a_minute(world: &mut World) {
    let (session, by_tick) = begin(world);
    world.delta(BOT, session, &by_tick, 0, "Half");
    assert_eq!(world.wake_at, Some(world.now + MINUTE_MS), "the module asks to be woken");
    world.advance(MINUTE_MS - 1);
    world.tick();
    assert_eq!(world.message(OPS, session, &by_tick)["status"], "streaming");
    world.advance(1);
    world.tick();
    let dead = world.message(OPS, session, &by_tick);
    assert_eq!((&dead["status"], &dead["content"], &dead["error"]["code"]), (&json!("failed"), &json!("Half"), &json!("producerSilent")));
    delta(world, session, &by_tick, 4, "way").refused("messageStopped");

    // Nobody has to tick: whoever comes by sees it.
    let by_access = world.stream(BOT, session);
    world.advance(MINUTE_MS + 1);
    assert_eq!(world.message(OPS, session, &by_access)["status"], "failed");
    let by_write = world.stream(BOT, session);
    world.advance(MINUTE_MS + 1);
    delta(world, session, &by_write, 0, "late").refused("messageStopped");
}

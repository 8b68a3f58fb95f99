//! An empty delta renews a stream for another minute.

use colloq_tests::scenarios;
use colloq_tests::world::{BOT, MINUTE_MS, OPS, World};

use super::begin;

scenarios![an_empty_delta_renews];

fn an_empty_delta_renews(world: &mut World) {
    let (session, message) = begin(world);
    for _ in 0..3 {
        world.advance(MINUTE_MS - 1);
        world.tick();
        assert_eq!(world.delta(BOT, session, &message, 0, ""), 0);
    }
    assert_eq!(world.message(OPS, session, &message)["status"], "streaming");
    world.advance(MINUTE_MS);
    world.tick();
    assert_eq!(world.message(OPS, session, &message)["status"], "failed");
}

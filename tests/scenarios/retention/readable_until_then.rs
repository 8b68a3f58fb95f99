//! Until its time of retention is over an ended session is read, listed, followed, exported and forked; the store knows when that is.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::{Value, json};

use super::{RETAIN_MS, ended};

scenarios![an_ended_session_is_readable_for_a_while];

fn an_ended_session_is_readable_for_a_while(world: &mut World) {
    let session = ended(world);
    assert_eq!(world.log(session).deadline_ms, Some(world.now + RETAIN_MS));
    world.advance(RETAIN_MS - 1);
    assert_eq!(world.read(ADA, session)["isActive"], false);
    for op in [Op::Subscribe { since: None }, Op::Export, Op::Fork, Op::ListMessages { before: None, limit: 9 }] {
        world.post(ADA, session, op, "").is(200);
    }
    world.read(BOT, session);
    let row: Value = serde_json::from_str(&world.log(session).summary).expect("a row is JSON");
    assert_eq!((&row["isActive"], &row["messageCount"]), (&json!(false), &json!(1)));
    world.tick();
    assert!(!world.is_erased(session));
    assert_eq!(world.log(session).deadline_ms, Some(world.now + 1), "to read it does not keep it");
}

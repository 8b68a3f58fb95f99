//! Nobody can answer in a session that ended, so nobody waits in it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{turned, waits};

scenarios![nobody_waits_in_a_session_that_ended];

fn nobody_waits_in_a_session_that_ended(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "Who?");
    world.post(ADA, session, Op::End, "").is(200);
    assert_eq!((waits(world, session), turned(world, session)), (None, true));
}

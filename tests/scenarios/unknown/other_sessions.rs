//! One session's unknown outcome blocks no other; and to say that an outcome is unknown where nothing is in flight changes nothing.

use colloq_abi::{Op, Request};
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, APP, World};
use serde_json::json;

use super::hello;

scenarios![other_sessions_go_on];

fn other_sessions_go_on(world: &mut World) {
    let (one, other) = (world.create(ADA, json!({})), world.create(ADA, json!({})));
    world.hold_appends();
    let blocked = world.send(ADA, one, Op::AppendMessage, hello("blocked"));
    world.lose_outcome();
    let free = world.send(ADA, other, Op::AppendMessage, hello("free"));
    assert_eq!(world.held(), [1, 1]);
    world.release();
    world.answer(blocked).is(201);
    world.answer(free).is(201);
    world.ask(&Request::Unknown { app: APP, session: *one.as_bytes() });
    assert_eq!(world.log(one).entries.len(), 2);
}

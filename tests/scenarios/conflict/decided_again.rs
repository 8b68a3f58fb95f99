//! What was accepted on a state that never came to be is decided again, and may now be refused.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command, frame};
use serde_json::json;

use super::{hello, two_hosts};

scenarios![the_rest_is_decided_again];

fn the_rest_is_decided_again(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    other.post(ADA, session, Op::End, "").is(200);
    world.hold_appends();
    let client = world.new_id();
    let by_http = world.send(ADA, session, Op::AppendMessage, hello("late"));
    let rename = command(client, 1, json!({ "kind": "rename", "title": "Late" }));
    let by_frame = world.send(ADA, session, Op::Submit, frame(session, 1, &[rename]));
    world.conflict_with(&other, session);
    world.release();
    world.answer(by_http).refused("sessionEnded");
    assert_eq!(world.frames(by_frame)[0]["code"], "sessionEnded");
    assert_eq!(world.log(session).entry(3)["outcome"], "sessionEnded");
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
}

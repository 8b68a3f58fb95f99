//! Those leave that nobody used for a while, the longest unused first. A read is use, also one that is no activity.

use colloq_abi::{Op, Request};
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, OPS, World};
use serde_json::json;

scenarios![what_nobody_uses_leaves, no_more_leave_at_a_time_than_were_asked_for];

fn what_nobody_uses_leaves(world: &mut World) {
    let [one, two, three] = [(); 3].map(|()| {
        world.advance(1000);
        world.create(ADA, json!({}))
    });
    world.advance(MINUTE_MS - 3000);
    assert_eq!(world.rest(MINUTE_MS), [], "the first was used 59 seconds ago");
    world.advance(3000);
    world.read(OPS, two);
    assert_eq!(world.rest(MINUTE_MS), [one, three]);
    assert_eq!(world.rest(MINUTE_MS), [], "they are gone");
    world.advance(MINUTE_MS);
    world.say(ADA, one, "Hello");
    assert_eq!(world.rest(MINUTE_MS), [two]);
    assert_eq!(world.rest(0), [one]);
}

fn no_more_leave_at_a_time_than_were_asked_for(world: &mut World) {
    let sessions: Vec<Id> = (0..5).map(|_| world.create(ADA, json!({}))).collect();
    world.ask(&Request::Rest { now: world.now, idle_ms: 0, limit: 3 });
    assert_eq!(world.rested, sessions[..3]);
    // What is not there is loaded for whoever asks.
    world.post(ADA, sessions[0], Op::Update, json!({ "title": "T" })).is(200);
    assert_eq!(world.rest(0), [sessions[3], sessions[4], sessions[0]]);
}

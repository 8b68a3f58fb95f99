//! Where there are too many sessions at hand, the least recent leave and are loaded again when asked for; one with an append in
//! flight stays.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Settings, World};
use serde_json::json;

scenarios![the_least_recent_leave_and_come_back];

fn the_least_recent_leave_and_come_back(world: &mut World) {
    let mut host = world.twin_with(Settings { sessions_max: 2, ..Settings::default() });
    let sessions: Vec<Id> = (0..4).map(|n| host.create(ADA, json!({ "title": format!("{n}") }))).collect();
    host.advance(1000);
    host.read(ADA, sessions[0]);
    let read_at = host.now;
    host.say(ADA, sessions[1], "Hello");
    host.read(ADA, sessions[2]);
    assert_eq!(host.log(sessions[0]).touched_ms, read_at, "the store was told of what it had not heard yet");
    for (n, session) in sessions.iter().enumerate() {
        assert_eq!(host.read(ADA, *session)["title"], format!("{n}"));
    }
    // What is on its way to the store keeps its session here.
    host.hold_appends();
    let held = host.send(ADA, sessions[0], Op::Update, json!({ "title": "Held" }));
    for session in &sessions[1..] {
        host.read(ADA, *session);
    }
    host.release();
    assert_eq!(host.answer(held).is(200)["title"], "Held");
    assert_eq!(host.read(ADA, sessions[0])["title"], "Held");
}

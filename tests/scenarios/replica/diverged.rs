//! A page whose state differs from its host's at the same head finds out by the digest that every 64th entry carries, and takes a fresh
//! snapshot.

use colloq_abi::Op;
use colloq_core::{Received, Replica, Upstream};
use colloq_tests::page::state_of;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Settings, World};
use serde_json::json;

scenarios![a_state_that_differs_is_found];

fn a_state_that_differs_is_found(world: &mut World) {
    let mut other = world.apart(Settings::default());
    let session = world.create(ADA, json!({ "title": "T" }));
    other.post(ADA, session, Op::Create, json!({ "title": "U" })).is(201);
    // The other one's state, at this one's head: as if the page had a bug.
    let snapshot = world.post(ADA, session, Op::Subscribe { since: None }, "").is(200);
    let wrong = other.post(ADA, session, Op::Subscribe { since: None }, "");
    let mut replica = Replica::<()>::new(Upstream::Host, state_of(&snapshot, &wrong.body));
    assert_eq!(replica.confirmed().title.as_deref(), Some("U"));
    for n in 2..=64 {
        world.say(ADA, session, &n.to_string());
    }
    let log = world.log(session);
    let entries: Vec<&str> = (2..=64).map(|version| log.text(version)).collect();
    assert_eq!(replica.handle_entries(replica.confirmed().head, &entries), Err(Received::Diverged));
    assert_eq!(replica.confirmed().head.version, 63);
    let fresh = world.post(ADA, session, Op::Subscribe { since: None }, "");
    replica.reset(state_of(&fresh.is(200), &fresh.body));
    let view = replica.view();
    assert_eq!((view.title.as_deref(), view.head.version), (Some("T"), 64));
}

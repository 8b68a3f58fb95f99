//! What is known of keys is part of the state: another host answers as the first one did, from the log as from a snapshot.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::say;

scenarios![what_is_known_of_keys_travels];

fn what_is_known_of_keys_travels(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let first = say(world, session, "a", "Hello");
    for n in 0..260 {
        world.submit(ADA, session, 0, &[colloq_tests::world::command(session, n + 1, json!({ "kind": "rename", "title": n.to_string() }))]);
    }
    let snapshot = world.log(session).snapshot.clone().expect("the store was given a snapshot");
    assert!(snapshot.head.version > 2);
    let mut from_log = world.twin();
    from_log.log_mut(session).snapshot = None;
    for host in [&mut world.twin(), &mut from_log] {
        assert_eq!(say(host, session, "a", "Hello"), first);
        say(host, session, "a", "Bye").refused("idempotencyMismatch");
        assert_eq!(host.log(session).head(), world.log(session).head());
    }
    // A page's digest covers them as well.
    let page = Page::open(world, session);
    assert_eq!(page.replica.confirmed().digest().to_string(), world.read_digest(session));
}

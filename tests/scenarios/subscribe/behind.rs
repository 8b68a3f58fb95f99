//! Whoever subscribes from an older head of this log, or from before its beginning, is to be sent the entries that are missing.

use colloq_abi::{Head, Op};
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![behind_the_head_entries_are_missing];

fn behind_the_head_entries_are_missing(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let behind = world.log(session).head();
    world.say(ADA, session, "Hello");
    for since in [behind, Head { version: 0, chain: [0; 32] }] {
        let answer = world.post(ADA, session, Op::Subscribe { since: Some(since) }, "");
        assert_eq!((answer.status, answer.version), (206, 2));
    }
}

//! A host that was far behind takes a snapshot and what follows from the store: what the snapshot covers is not lost.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::json;

use super::{hello, keeping};

scenarios![what_a_snapshot_covers_is_not_lost];

fn what_a_snapshot_covers_is_not_lost(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    let mut other = host.twin();
    let client = other.new_id();
    for seq in 1..=260 {
        other.submit(BOT, session, 4, &[command(client, seq, json!({ "kind": "patchData", "patch": { "n": seq } }))]);
    }
    assert!(other.log(session).snapshot.is_some());
    host.hold_appends();
    let ticket = host.send(ADA, session, Op::AppendMessage, hello("four"));
    host.conflict_with(&other, session);
    // The store has trimmed the entries that this host would need, so it gives the snapshot and its tail.
    host.log_mut(session).forget_before_snapshot();
    host.release();
    assert_eq!(host.answer(ticket).version, 265);
    assert_eq!((host.read(ADA, session)["data"]["n"].clone(), host.losses.len()), (json!(260), 0));
}

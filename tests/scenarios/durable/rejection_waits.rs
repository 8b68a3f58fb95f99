//! A rejection that rests on what is not stored yet waits for it, by HTTP as by frame; one that rests on nothing does not wait.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command, frame};
use serde_json::json;

use super::send_message;

scenarios![a_rejection_waits_for_what_it_rests_on, rejected_frames_wait_as_well];

fn a_rejection_waits_for_what_it_rests_on(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let id = world.new_id().to_string();
    world.hold_appends();
    let sent = send_message(world, session, &id);
    // Taken, but by a message that may never be.
    let again = send_message(world, session, &id);
    assert_eq!((world.take(sent), world.take(again)), (vec![], vec![]));
    assert_eq!(world.held(), [1]);
    world.release();
    world.answer(sent).is(201);
    world.answer(again).refused("idTaken");
    // What rests on nothing does not wait.
    world.hold_appends();
    let at_once = send_message(world, session, &id);
    world.answer(at_once).refused("idTaken");
}

fn rejected_frames_wait_as_well(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    world.hold_appends();
    let rename = |seq| command(client, seq, json!({ "kind": "rename", "title": "T" }));
    let first = world.send(ADA, session, Op::Submit, frame(session, 1, &[rename(1)]));
    let wrong = command(client, 2, json!({ "kind": "patchData", "patch": [] }));
    let second = world.send(ADA, session, Op::Submit, frame(session, 1, &[wrong, rename(4)]));
    assert_eq!((world.frames(first), world.frames(second)), (vec![], vec![]));
    assert!(world.release_one());
    let gap = world.frames(second);
    assert_eq!(gap, [json!(null); 0], "both rest on the second append");
    world.release();
    let codes: Vec<_> = world.frames(second).iter().map(|frame| frame["code"].clone()).collect();
    assert_eq!(codes, ["invalid", "seqGap"]);
}

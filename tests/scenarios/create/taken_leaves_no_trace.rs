//! Somebody who tries to create what somebody else has is refused and leaves no trace there: no entry, no client, no key.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, World, command};
use serde_json::json;

scenarios![a_stranger_leaves_no_trace, a_stranger_who_was_slower_leaves_no_trace];

fn a_stranger_leaves_no_trace(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let client = world.new_id();
    let rename = |seq: u64| command(client, seq, json!({ "kind": "rename", "title": seq.to_string() }));
    world.submit(ADA, session, 1, &[rename(1)]);
    let digest = world.read_digest(session);
    for n in 0..40 {
        let create = json!({ "kind": "create", "title": "Mine" });
        let batch = json!({ "kind": "batch", "commands": [create, { "kind": "end" }] });
        for what in [create, batch] {
            let frames = world.submit(BEN, session, 9, &[command(world.new_id(), 1, what)]);
            assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("unauthorized")), "its seq is not used");
        }
        world.post_once(BEN, session, &n.to_string(), Op::Create, json!({})).refused("idTaken");
    }
    assert_eq!(world.log(session).entries.len(), 2);
    assert_eq!(world.read_digest(session), digest);
    assert_eq!(world.submit(ADA, session, 2, &[rename(2)]), [json!(null); 0], "her client is not forgotten");
}

fn a_stranger_who_was_slower_leaves_no_trace(world: &mut World) {
    let mut other = world.twin();
    let session = world.new_id();
    world.hold_appends();
    let http = world.send_once(BEN, session, "a", Op::Create, json!({}));
    let frame = colloq_tests::world::frame(session, 0, &[command(world.new_id(), 1, json!({ "kind": "rename", "title": "Mine" }))]);
    let submitted = world.send(BEN, session, Op::Submit, frame);
    other.post(ADA, session, Op::Create, json!({})).is(201);
    world.conflict_with(&other, session);
    world.release();
    world.answer(http).refused("idTaken");
    assert_eq!(world.frames(submitted)[0]["code"], "sessionNotFound");
    assert_eq!(world.log(session).entries.len(), 1);
}

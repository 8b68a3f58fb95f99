//! A session that was created under a key is there once: the same request is answered with it, another is refused.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::say;

scenarios![a_create_is_sent_again, a_create_that_another_host_carried_out_is_told_as_it_was];

fn a_create_is_sent_again(world: &mut World) {
    let session = world.new_id();
    let body = json!({ "title": "T" });
    let created = world.post_once(ADA, session, "a", Op::Create, &body);
    created.is(201);
    assert_eq!(world.post_once(ADA, session, "a", Op::Create, &body), created);
    assert_eq!(world.twin().post_once(ADA, session, "a", Op::Create, &body), created);
    world.post_once(ADA, session, "a", Op::Create, json!({ "title": "U" })).refused("idempotencyMismatch");
    world.post(ADA, session, Op::Create, &body).refused("idTaken");
    assert_eq!(world.log(session).entries.len(), 1);
    world.post_once(ADA, session, "b", Op::Create, &body).refused("idTaken");
    assert_eq!(world.log(session).entry(2)["outcome"], "idTaken", "a decision under a key is on record");
    // The answer is the session as it is by then.
    say(world, session, "c", "Hello").is(201);
    assert_eq!(world.post_once(ADA, session, "a", Op::Create, &body).is(201)["messages"][0]["content"], "Hello");
    assert!(world.log(session).entry(1)["once"].is_object());
}

fn a_create_that_another_host_carried_out_is_told_as_it_was(world: &mut World) {
    let (session, body) = (world.new_id(), json!({ "title": "T" }));
    let mut other = world.twin();
    world.hold_appends();
    let mine = world.send_once(ADA, session, "a", Op::Create, &body);
    let created = other.post_once(ADA, session, "a", Op::Create, &body);
    say(&mut other, session, "b", "Hello").is(201);
    world.conflict_with(&other, session);
    world.release();
    let answer = world.answer(mine);
    assert_eq!((answer.is(201)["messages"][0]["content"].as_str(), answer.version), (Some("Hello"), created.version));
}

//! A write under a condition and a key that took effect is answered so again, though its own effect has moved the version on.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Terms, World};
use serde_json::json;

scenarios![a_conditional_write_is_sent_again];

fn a_conditional_write_is_sent_again(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let terms = Terms { condition: Some(1), key: Some("a") };
    let body = json!({ "title": "T" });
    let first = world.send_with(ADA, session, terms, Op::Update, &body);
    let first = world.answer(first);
    assert_eq!(first.is(200)["version"], 2);
    let again = world.send_with(ADA, session, terms, Op::Update, &body);
    assert_eq!(world.answer(again), first);
    let other = world.send_with(ADA, session, Terms { key: Some("b"), ..terms }, Op::Update, &body);
    world.answer(other).refused("versionMismatch");
    assert_eq!(world.log(session).entries.len(), 2);
}

//! A write may name the version it is for and is refused at another one; a read may name the one it has, and is told that it is the same.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_write_may_name_the_version_it_is_for];

fn a_write_may_name_the_version_it_is_for(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let stale = world.send_if(ADA, session, Some(2), Op::Update, json!({ "title": "T" }));
    world.answer(stale).refused("versionMismatch");
    let fresh = world.send_if(ADA, session, Some(1), Op::Update, json!({ "title": "T" }));
    assert_eq!(world.answer(fresh).is(200)["version"], 2);
    // And a read one that it has already.
    let known = world.send_if(ADA, session, Some(2), Op::Read { messages: None }, "");
    assert_eq!(world.answer(known).is(304), json!(null));
}

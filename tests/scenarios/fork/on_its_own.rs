//! A fork goes on by itself: what is said in it is not said in its parent, and what its parent knows of clients and keys is not its own.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::{fork, talk};

scenarios![a_fork_goes_on_by_itself];

fn a_fork_goes_on_by_itself(world: &mut World) {
    let (parent, messages) = talk(world);
    let client = world.new_id();
    let rename = |seq: u64, title: &str| command(client, seq, json!({ "kind": "rename", "title": title }));
    world.submit(ADA, parent, 0, &[rename(1, "one")]);
    world.post_once(ADA, parent, "a", Op::Update, json!({ "title": "Birds" })).is(200);
    let (session, answer) = fork(world, ADA, parent, json!({}));
    answer.is(201);
    assert_eq!(world.submit(ADA, session, 1, &[rename(1, "mine")]), [json!(null); 0], "the count begins with one");
    world.post_once(ADA, session, "a", Op::Update, json!({ "data": { "n": 2 } })).is(200);
    world.say(ADA, session, "A kite?");
    world.post(ADA, session, Op::Rewind, json!({ "through": messages[0] })).is(200);
    let original = world.read(ADA, parent);
    assert_eq!((&original["title"], original["messages"].as_array().map(Vec::len)), (&json!("Birds"), Some(3)));
    assert_eq!(world.read(ADA, session)["messages"].as_array().map(Vec::len), Some(1));
    // And the parent may go.
    world.erase(parent);
    assert_eq!(world.read(ADA, session)["forkedFrom"], parent.to_string());
}

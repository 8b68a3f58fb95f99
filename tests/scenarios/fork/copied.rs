//! A fork begins with what its parent held up to a message, or with all of it: its own session, at version 1, of the same user.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{fork, talk};

scenarios![a_fork_begins_with_what_its_parent_held];

fn a_fork_begins_with_what_its_parent_held(world: &mut World) {
    let (parent, messages) = talk(world);
    world.advance(5000);
    let (session, answer) = fork(world, ADA, parent, json!({ "through": messages[1] }));
    let copy = answer.is(201);
    let original = world.read(ADA, parent);
    assert_eq!((&copy["forkedFrom"], &copy["version"]), (&json!(parent.to_string()), &json!(1)));
    for same in ["app", "userId", "title", "data", "context", "limits"] {
        assert_eq!(copy[same], original[same], "{same}");
    }
    assert_eq!(copy["messages"].as_array(), original["messages"].as_array().map(|all| all[..2].to_vec()).as_ref());
    assert_ne!(copy["createdAt"], original["createdAt"], "it is created now");
    assert_eq!((&copy["auth"]["state"], &copy["auth"]["generation"]), (&json!("authenticated"), &json!(0)));
    assert_eq!(world.log(session).events(1), ["sessionRestored"]);
    assert_eq!(world.log(session).user, "ada");
    let (_, all) = fork(world, ADA, parent, json!({}));
    assert_eq!(all.is(201)["messages"], original["messages"]);
}

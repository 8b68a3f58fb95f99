//! A fork is made once under a key: the same request finds it.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{state, talk};

scenarios![a_fork_is_made_once_under_a_key];

fn a_fork_is_made_once_under_a_key(world: &mut World) {
    let (parent, _) = talk(world);
    let (session, state) = (world.new_id(), state(world, ADA, parent, json!({})));
    let made = world.post_once(ADA, session, "a", Op::Restore, &state);
    assert_eq!(made.is(201)["forkedFrom"], parent.to_string());
    assert_eq!(world.post_once(ADA, session, "a", Op::Restore, &state), made);
    assert_eq!(world.twin().post_once(ADA, session, "a", Op::Restore, &state), made);
    assert_eq!(world.log(session).entries.len(), 1);
    world.post_once(ADA, session, "b", Op::Restore, &state).refused("idTaken");
}

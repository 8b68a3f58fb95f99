//! What no session can hold is not imported: it could not be read again out of a snapshot.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World};
use serde_json::{Value, json};

use super::{importable, talk};

scenarios![what_no_session_can_hold_is_not_imported];

fn what_no_session_can_hold_is_not_imported(world: &mut World) {
    let (session, _) = talk(world);
    let good = importable(&world.post(ADA, session, Op::Export, ""));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut state = good.clone();
        change(&mut state);
        state
    };
    for (state, pointer) in [
        (changed(&|state| state["messages"][1] = state["messages"][0].clone()), "/state/messages"),
        (changed(&|state| state["messages"][0]["status"] = json!("streaming")), "/state/messages"),
        (
            changed(&|state| state["messages"][0]["parts"] = json!([{ "type": "text", "text": "a" }, { "type": "text", "text": "b" }])),
            "/state/messages",
        ),
        (changed(&|state| state["messages"][0]["parts"][0]["type"] = json!("x".repeat(257))), "/state/messages"),
        (changed(&|state| state["messages"][0]["metadata"] = json!([])), "/state/messages"),
        (changed(&|state| state["limits"]["maxMessages"] = json!(0)), "/state/limits"),
        (changed(&|state| state["data"] = json!([])), "/state/data"),
        (changed(&|state| state["context"]["userPreferences"]["language"] = json!("")), "/state/context"),
        (changed(&|state| state["title"] = json!("x".repeat(1025))), "/state/title"),
        (changed(&|state| state["userId"] = json!("")), "/state/userId"),
        (changed(&|state| state["createdAt"] = json!("2026-01-01T00:00:00.001Z")), "/state/createdAt"),
        (changed(&|state| state["ended"] = json!({ "at": "2026-01-01T00:00:00.001Z", "reason": "ended" })), "/state/ended"),
    ] {
        let id = world.new_id();
        world.post(OPS, id, Op::Restore, &state).invalid(pointer, "state");
    }
    for state in [
        changed(&|state| state["messages"] = json!({})),
        changed(&|state| state["createdAt"] = json!("yesterday")),
        changed(&|state| drop(state.as_object_mut().expect("an object").remove("userId"))),
    ] {
        let id = world.new_id();
        world.post(OPS, id, Op::Restore, &state).refused("malformed");
    }
    let id = world.new_id();
    world.post(OPS, id, Op::Restore, &good).is(201);
}

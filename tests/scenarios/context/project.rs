//! The active project is set whole, is checked, and is cleared by null.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_project_is_set_and_cleared];

fn a_project_is_set_and_cleared(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let project = json!({ "id": "p1", "name": "Colloquy", "type": "linear" });
    let context = world.post(ADA, session, Op::SetProject, &project).is(200);
    assert_eq!(context["activeProject"], project);
    assert_eq!(world.read(ADA, session)["context"], context);
    world.post(ADA, session, Op::SetProject, json!({ "id": "", "name": "n", "type": "linear" })).invalid("/project", "text");
    let context = world.post(ADA, session, Op::SetProject, "null").is(200);
    assert_eq!(context.get("activeProject"), None);
}

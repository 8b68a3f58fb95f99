//! Recent issues stand newest first. The id in the path and the one in the body must agree.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{ids, record};

scenarios![recent_issues_come_newest_first];

fn recent_issues_come_newest_first(world: &mut World) {
    let session = world.create(ADA, json!({}));
    record(world, session, "LIN-1", "open");
    let context = record(world, session, "LIN-2", "open");
    assert_eq!(context["recentIssues"][0], json!({ "id": "LIN-2", "title": "About LIN-2", "status": "open" }));
    assert_eq!(ids(&context), ["LIN-2", "LIN-1"]);
    let other = json!({ "id": "LIN-4", "title": "t", "status": "s" });
    world.post(ADA, session, Op::RecordIssue("LIN-3"), other).invalid("/id", "mismatch");
}

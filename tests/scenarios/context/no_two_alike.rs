//! An issue that is recorded again moves to the front with its new status; no two entries of the list are alike.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{ids, record};

scenarios![no_two_issues_are_alike];

fn no_two_issues_are_alike(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for id in ["LIN-1", "LIN-2", "LIN-3"] {
        record(world, session, id, "open");
    }
    let context = record(world, session, "LIN-1", "done");
    assert_eq!(ids(&context), ["LIN-1", "LIN-3", "LIN-2"]);
    assert_eq!(context["recentIssues"][0]["status"], "done");
}

//! An issue is removed by its id; to remove one that is not there changes nothing and is no error.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{ids, record};

scenarios![an_issue_is_removed];

fn an_issue_is_removed(world: &mut World) {
    let session = world.create(ADA, json!({}));
    record(world, session, "LIN-1", "open");
    record(world, session, "LIN-2", "open");
    let context = world.post(ADA, session, Op::RemoveIssue("LIN-2"), "").is(200);
    assert_eq!(ids(&context), ["LIN-1"]);
    // To remove what is not there changes nothing.
    assert_eq!(world.post(ADA, session, Op::RemoveIssue("LIN-9"), "").is(200), context);
}

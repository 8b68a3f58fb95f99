//! A command whose predecessor is missing is refused as `seqGap` and leaves no trace; sent in order, it is taken.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{NOTHING, code, rename};

scenarios![a_missing_command_is_asked_for];

fn a_missing_command_is_asked_for(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    world.submit(ADA, session, 1, &[rename(client, 1, "One")]);
    assert_eq!(code(&world.submit(ADA, session, 1, &[rename(client, 3, "Three")])), "seqGap");
    assert_eq!(world.log(session).entries.len(), 2, "and leaves no trace");
    assert_eq!(world.submit(ADA, session, 1, &[rename(client, 2, "Two"), rename(client, 3, "Three")]), NOTHING);
    assert_eq!(world.read(ADA, session)["title"], "Three");
}

//! A client that nobody knows begins with 1; a higher number is from a past that is forgotten.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{NOTHING, code, rename};

scenarios![an_unknown_client_begins_with_one];

fn an_unknown_client_begins_with_one(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    assert_eq!(code(&world.submit(ADA, session, 1, &[rename(client, 2, "Two")])), "clientForgotten");
    assert_eq!(world.log(session).entries.len(), 1);
    assert_eq!(world.submit(ADA, session, 1, &[rename(client, 1, "One")]), NOTHING);
}

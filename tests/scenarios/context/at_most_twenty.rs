//! At most twenty recent issues stay; the oldest one leaves.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{ids, record};

scenarios![at_most_twenty_issues_stay];

fn at_most_twenty_issues_stay(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for n in 1..=21 {
        record(world, session, &format!("LIN-{n}"), "open");
    }
    let read = world.read(ADA, session);
    let ids = ids(&read["context"]);
    assert_eq!((ids.len(), &*ids[0], &*ids[19]), (20, "LIN-21", "LIN-2"));
}

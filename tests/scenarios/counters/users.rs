//! Different users are counted once each, however many sessions they began.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, GUEST, OPS, World};
use serde_json::json;

use super::count;

scenarios![users_are_counted_once];

fn users_are_counted_once(world: &mut World) {
    for _ in 0..3 {
        for who in [ADA, BEN, GUEST] {
            world.create(who, json!({}));
        }
        world.create(OPS, json!({ "userId": "eve" }));
    }
    assert_eq!(count(world, "/users/count"), 4);
    assert_eq!(count(world, "/created"), 12);
}

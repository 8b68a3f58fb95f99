//! A session of somebody whom nobody vouches for says that it is anonymous.

use colloq_tests::scenarios;
use colloq_tests::world::{GUEST, World};
use serde_json::json;

scenarios![a_guest_is_anonymous];

fn a_guest_is_anonymous(world: &mut World) {
    let session = world.create(GUEST, json!({}));
    assert_eq!(world.read(GUEST, session)["auth"]["state"], "anonymous");
}

//! Preferences change one by one: what a request does not name stays. A wrong value is refused.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![preferences_change_one_by_one];

fn preferences_change_one_by_one(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let context = world.post(ADA, session, Op::SetPreferences, json!({ "language": "fr" })).is(200);
    assert_eq!(context["userPreferences"], json!({ "language": "fr", "responseFormat": "brief" }));
    let context = world.post(ADA, session, Op::SetPreferences, json!({ "responseFormat": "detailed" })).is(200);
    assert_eq!(context["userPreferences"], json!({ "language": "fr", "responseFormat": "detailed" }));
    world.post(ADA, session, Op::SetPreferences, json!({ "language": "" })).invalid("/preferences/language", "text");
    world.post(ADA, session, Op::SetPreferences, json!({ "responseFormat": "loud" })).refused("malformed");
}

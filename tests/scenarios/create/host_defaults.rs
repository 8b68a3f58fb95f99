//! A host may change the default limits. They are a ceiling for users, and a session keeps its own wherever it goes.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Settings, World, default_limits};
use serde_json::json;

scenarios![a_host_changes_the_defaults];

fn a_host_changes_the_defaults(world: &mut World) {
    let limits = json!({ "maxMessages": 2, "idleMs": null }).to_string();
    let mut host = world.twin_with(Settings { limits, ..Settings::default() });
    let session = host.create(ADA, json!({}));
    let limits = host.read(ADA, session)["limits"].clone();
    assert_eq!((&limits["maxMessages"], &limits["idleMs"]), (&json!(2), &json!(null)));
    assert_eq!(limits["absoluteMs"], default_limits()["absoluteMs"]);
    let other = host.new_id();
    host.post(ADA, other, Op::Create, json!({ "limits": { "maxMessages": 3 } })).refused("forbidden");
    host.post(ADA, other, Op::Create, json!({ "limits": { "maxMessages": 1 } })).is(201);
    // The session keeps them wherever it goes.
    assert_eq!(host.twin_with(Settings::default()).read(ADA, session)["limits"], limits);
}

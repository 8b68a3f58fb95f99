//! What a host allows by default is what users may lower from; only operators go beyond, also when they create for a user.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, Settings, World};
use serde_json::json;

scenarios![users_lower_what_their_host_allows];

fn users_lower_what_their_host_allows(world: &mut World) {
    let limits = json!({ "maxMessages": 10, "idleMs": null }).to_string();
    let mut host = world.apart(Settings { limits, ..Settings::default() });
    let create = |host: &mut World, who, limits| {
        let id = host.new_id();
        host.post(who, id, Op::Create, json!({ "limits": limits }))
    };
    create(&mut host, ADA, json!({ "maxMessages": 11 })).refused("forbidden");
    assert_eq!(create(&mut host, ADA, json!({ "idleMs": 5000 })).is(201)["limits"]["maxMessages"], 10);
    assert_eq!(create(&mut host, ADA, json!({ "idleMs": null })).is(201)["limits"]["idleMs"], json!(null));
    assert_eq!(create(&mut host, OPS, json!({ "maxMessages": 11 })).is(201)["limits"]["maxMessages"], 11);
    // What a session was given stays its own at another host.
    let session = host.create(ADA, json!({}));
    let mut other = host.twin_with(Settings::default());
    assert_eq!(other.read(ADA, session)["limits"]["maxMessages"], 10);
    other.post(ADA, session, Op::Update, json!({ "limits": { "maxMessages": 11 } })).refused("forbidden");
}

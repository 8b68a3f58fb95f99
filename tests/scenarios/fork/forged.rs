//! Nobody forges what only hosts send: a restored state or an expiry, by frame or in a batch, is no kind of command.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World, command};
use serde_json::{Value, json};

use super::{state, talk};

scenarios![what_only_hosts_send_is_malformed];

fn what_only_hosts_send_is_malformed(world: &mut World) {
    let (parent, _) = talk(world);
    let mut forged: Value = serde_json::from_str(&state(world, ADA, parent, json!({}))).expect("a state is JSON");
    forged["userId"] = json!("ben");
    let rename = json!({ "kind": "rename", "title": "T" });
    for kind in [json!({ "kind": "restore", "state": forged }), json!({ "kind": "expire", "touchedAt": 0 })] {
        let batch = json!({ "kind": "batch", "commands": [rename, kind] });
        for who in [ADA, BOT, OPS] {
            for session in [parent, world.new_id()] {
                for what in [&kind, &batch] {
                    let client = world.new_id();
                    let frames = world.submit(who, session, 0, &[command(client, 1, what.clone())]);
                    assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("malformed")), "{who:?} {what}");
                    assert_eq!(frames[0]["id"], json!([client.to_string(), 1]));
                }
            }
            world.post(who, parent, Op::Commands, json!({ "commands": [rename, kind] })).refused("malformed");
        }
    }
    assert_eq!(world.log(parent).entries.len(), 5);
}

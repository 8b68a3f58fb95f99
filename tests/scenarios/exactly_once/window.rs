//! The outcomes of a client's last 64 commands are remembered, as many as it may have unacknowledged; of older ones only that they were
//! decided.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::{NOTHING, code, rename};

scenarios![the_last_outcomes_are_remembered];

fn the_last_outcomes_are_remembered(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let wrong = command(client, 1, json!({ "kind": "patchData", "patch": [] }));
    assert_eq!(code(&world.submit(ADA, session, 1, std::slice::from_ref(&wrong))), "invalid");
    for seq in 2..=64 {
        assert_eq!(world.submit(ADA, session, 1, &[rename(client, seq, "T")]), NOTHING);
    }
    assert_eq!(code(&world.submit(ADA, session, 1, std::slice::from_ref(&wrong))), "invalid");
    world.submit(ADA, session, 1, &[rename(client, 65, "T")]);
    assert_eq!(world.submit(ADA, session, 1, &[wrong]), NOTHING, "it was decided; how, its client has long heard");
    assert_eq!(world.log(session).entries.len(), 66);
}

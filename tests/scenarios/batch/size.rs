//! A batch holds 1 to 64 commands, and no other batch.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

use super::{post, say};

scenarios![a_batch_holds_some_commands_and_no_batch];

fn a_batch_holds_some_commands_and_no_batch(world: &mut World) {
    let session = world.create(ADA, json!({}));
    post(world, session, json!([])).invalid("/commands", "length");
    let many: Vec<Value> = (0..65).map(|n| say(&n.to_string())).collect();
    post(world, session, json!(many)).invalid("/commands", "length");
    post(world, session, json!(many[..64])).is(200);
    post(world, session, json!([{ "kind": "batch", "commands": [say("x")] }])).refused("malformed");
}

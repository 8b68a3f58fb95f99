//! A refusal for an older token uses no number up: with a newer one the same command is the next.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

scenarios![an_older_token_uses_no_number_up];

fn an_older_token_uses_no_number_up(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let client = world.new_id();
    let rename = |seq: u64| command(client, seq, json!({ "kind": "rename", "title": seq.to_string() }));
    assert_eq!(world.submit(ADA.of_generation(0), session, 1, &[rename(1)]), [json!(null); 0]);
    world.post(ADA, session, Op::SignOut, "").is(200);
    for seq in [1, 2] {
        assert_eq!(world.submit(ADA.of_generation(0), session, 1, &[rename(seq)])[0]["code"], "unauthenticated");
    }
    assert_eq!(world.submit(ADA.of_generation(1), session, 1, &[rename(1), rename(2)]), [json!(null); 0]);
    assert_eq!(world.log(session).entries.len(), 4);
    assert_eq!(world.read(ADA, session)["title"], "2");
}

//! Every 64th entry carries a digest of the state it was decided on, and whoever loads the log checks it.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![entries_carry_a_digest_now_and_then];

fn entries_carry_a_digest_now_and_then(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for n in 2..=128 {
        world.say(ADA, session, &format!("{n}"));
    }
    let with_digest = (1..=128).filter(|version| world.log(session).entry(*version).get("digest").is_some());
    assert_eq!(with_digest.collect::<Vec<_>>(), [64, 128]);
    assert_eq!(world.twin().read(ADA, session)["version"], 128, "whoever loads it checks them");
}

//! Private values make no entry and are in no state that anybody reads, exports or forks; and agents do not keep a session alive by them.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, MINUTE_MS, World};
use serde_json::json;

scenarios![private_values_are_beside_the_log];

fn private_values_are_beside_the_log(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.advance(20 * MINUTE_MS);
    world.post(BOT, session, Op::SetPrivate("k"), json!("secret")).is(200);
    assert_eq!(world.log(session).entries.len(), 1);
    for op in [Op::Subscribe { since: None }, Op::Export, Op::Fork] {
        let answer = world.post(ADA, session, op, "");
        assert!(answer.status == 200 && !String::from_utf8_lossy(&answer.body).contains("secret"), "{op:?}");
    }
    world.advance(20 * MINUTE_MS);
    world.post(BOT, session, Op::SetPrivate("k"), json!("secret")).is(200);
    world.advance(11 * MINUTE_MS);
    world.tick();
    assert_eq!(world.log(session).ended.as_deref(), Some("idle"), "only what the user read counted");
}

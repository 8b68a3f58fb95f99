//! A session may be kept for ever, where an operator or the host's defaults say so.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, Settings, World};
use serde_json::json;

use super::RETAIN_MS;

scenarios![a_session_may_be_kept_for_ever];

fn a_session_may_be_kept_for_ever(world: &mut World) {
    let session = world.create(OPS, json!({ "userId": "ada", "limits": { "retainMs": null } }));
    world.post(ADA, session, Op::End, "").is(200);
    assert_eq!(world.log(session).deadline_ms, None);
    world.advance(100 * RETAIN_MS);
    world.tick();
    assert_eq!(world.read(ADA, session)["isActive"], false);
    let mut keeping = world.apart(Settings { limits: json!({ "retainMs": null }).to_string(), ..Settings::default() });
    let session = keeping.create(ADA, json!({}));
    keeping.post(ADA, session, Op::End, "").is(200);
    keeping.advance(100 * RETAIN_MS);
    keeping.read(ADA, session);
}

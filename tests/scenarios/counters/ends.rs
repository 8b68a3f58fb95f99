//! Ends are counted by reason, and a session that ended counts once, also after it was erased.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, MINUTE_MS, OPS, World};
use serde_json::json;

use super::count;

scenarios![ends_are_counted_by_reason];

fn ends_are_counted_by_reason(world: &mut World) {
    let limits = json!({ "limits": { "retainMs": 0, "absoluteMs": 10 * MINUTE_MS } });
    let sessions: Vec<_> = (0..5).map(|_| world.create(ADA, &limits)).collect();
    let idle = world.create(ADA, json!({ "limits": { "idleMs": 5 * MINUTE_MS } }));
    world.post(ADA, sessions[0], Op::End, "").is(200);
    world.post(ADA, sessions[1], Op::End, json!({ "reason": "signedOut" })).is(200);
    world.post(OPS, sessions[2], Op::End, json!({ "reason": "evicted" })).is(200);
    world.post(ADA, sessions[0], Op::End, "").refused("sessionNotFound");
    world.advance(10 * MINUTE_MS);
    world.tick();
    assert_eq!(world.log(idle).ended.as_deref(), Some("idle"));
    assert_eq!(count(world, "/ended"), json!({ "idle": 1, "absolute": 2, "evicted": 1, "signedOut": 1, "ended": 1 }));
}

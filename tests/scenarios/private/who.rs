//! Agents and operators read, set and remove private values. Users do not, not even their own session's.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, GUEST, HAL, OPS, World};
use serde_json::json;

scenarios![private_values_are_not_for_users];

fn private_values_are_not_for_users(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let missing = world.new_id();
    let value = json!({ "handle": "h" });
    for who in [BOT, HAL, OPS] {
        assert_eq!(world.post(who, session, Op::SetPrivate("live"), &value).is(200), value);
        for op in [Op::ReadPrivate("live"), Op::RemovePrivate("live")] {
            let allowed = world.post(who, session, op, "");
            assert_eq!((allowed.status, allowed.version, allowed.body.len()), (204, 1, 0));
        }
        world.post(who, missing, Op::SetPrivate("live"), &value).refused("sessionNotFound");
    }
    for op in [Op::ReadPrivate("live"), Op::SetPrivate("live"), Op::RemovePrivate("live")] {
        world.post(ADA, session, op, &value).refused("forbidden");
        for stranger in [BEN, GUEST] {
            world.post(stranger, session, op, &value).refused("sessionNotFound");
        }
    }
}

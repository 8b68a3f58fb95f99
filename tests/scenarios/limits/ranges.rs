//! Every limit has a range that holds for everybody, when a session is created and later.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{OPS, World};
use serde_json::{Value, json};

use super::set;

scenarios![every_limit_has_a_range];

const LARGEST: u64 = 1 << 53;

fn every_limit_has_a_range(world: &mut World) {
    let session = world.create(OPS, json!({ "userId": "ada" }));
    for (key, within, outside) in [
        ("idleMs", vec![json!(1000), json!(LARGEST), json!(null)], vec![json!(0)]),
        ("absoluteMs", vec![json!(1000), json!(LARGEST), json!(null)], vec![json!(0)]),
        ("retainMs", vec![json!(0), json!(LARGEST), json!(null)], vec![]),
        ("maxMessages", vec![json!(1), json!(100_000)], vec![json!(0), json!(100_001)]),
        ("maxContentBytes", vec![json!(1024), json!(64 << 20)], vec![json!(0), json!(1023), json!((64 << 20) + 1)]),
    ] {
        let pointer = format!("/limits/{key}");
        for value in outside {
            set(world, OPS, session, json!({ key: value })).invalid(&pointer, "range");
            let id = world.new_id();
            world.post(OPS, id, Op::Create, json!({ "limits": { key: value } })).invalid(&pointer, "range");
        }
        for value in within {
            assert_eq!(set(world, OPS, session, json!({ key: value })).is(200)["limits"][key], value);
            let id = world.new_id();
            assert_eq!(world.post(OPS, id, Op::Create, json!({ "limits": { key: value } })).is(201)["limits"][key], value);
        }
        for value in [json!(-1), json!(1.5), json!("1000"), json!(LARGEST + 1), Value::Bool(true)] {
            set(world, OPS, session, json!({ key: value })).refused("malformed");
        }
    }
    for key in ["idleMs", "absoluteMs"] {
        let id = world.new_id();
        assert_eq!(world.post(OPS, id, Op::Create, json!({ "limits": { key: 1 } })).is(201)["limits"][key], 1);
    }
    for limits in [json!({ "idle": 1000 }), json!([]), json!(7)] {
        set(world, OPS, session, limits).refused("malformed");
    }
}

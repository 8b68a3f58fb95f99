//! How long sessions lasted is counted, summed up, and sorted by powers of two of seconds.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{OPS, World};
use serde_json::json;

use super::count;

scenarios![durations_are_sorted_by_powers_of_two];

fn durations_are_sorted_by_powers_of_two(world: &mut World) {
    for ms in [0, 999, 1000, 1999, 2000, 5_000_000, 10_000_000_000] {
        let session = world.create(OPS, json!({ "userId": "ada", "limits": { "idleMs": null, "absoluteMs": null } }));
        world.advance(ms);
        world.post(OPS, session, Op::End, "").is(200);
    }
    let durations = count(world, "/durations");
    assert_eq!(
        (&durations["count"], &durations["sumMs"], &durations["maxMs"]),
        (&json!(7), &json!(10_005_005_998_u64), &json!(10_000_000_000_u64))
    );
    let sorted: Vec<u64> =
        durations["belowPowersOfTwoS"].as_array().expect("a list").iter().map(|count| count.as_u64().expect("a count")).collect();
    // Below 1 s, 2 s, 4 s; 5000 s are below 8192 s; and everything longer than 12 days is in the last.
    assert_eq!((sorted.len(), sorted[0], sorted[1], sorted[2], sorted[13], sorted[20]), (21, 2, 2, 1, 1, 1));
    assert_eq!(sorted.iter().sum::<u64>(), 7);
}

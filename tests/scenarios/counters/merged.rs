//! The counters of several shards add up to one, and a user of two shards is one user.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, Settings, World};
use serde_json::json;

scenarios![counters_add_up];

fn counters_add_up(world: &mut World) {
    let mut other = world.apart(Settings::default());
    for shard in [&mut *world, &mut other] {
        let session = shard.create(ADA, json!({}));
        shard.say(ADA, session, "Hello");
        shard.advance(3000);
        shard.post(ADA, session, Op::End, "").is(200);
    }
    other.create(BEN, json!({}));
    let (mine, theirs) = (world.counters(), other.counters());
    let both = world.merged(&[mine.clone(), theirs.clone()]);
    assert_eq!((&both["created"], &both["ended"]["ended"], &both["messages"]["user"]), (&json!(3), &json!(2), &json!(2)));
    assert_eq!((&both["contentBytes"], &both["users"]["count"]), (&json!(10), &json!(2)));
    assert_eq!((&both["durations"]["count"], &both["durations"]["sumMs"]), (&json!(2), &json!(6000)));
    assert_eq!(world.merged(&[theirs, mine.clone()]), both, "in whatever order");
    assert_eq!(world.merged(std::slice::from_ref(&mine)), mine);
    assert_eq!(world.merged(&[]), world.apart(Settings::default()).counters());
    assert_eq!(world.counters(), mine, "to add up counts nothing");
}

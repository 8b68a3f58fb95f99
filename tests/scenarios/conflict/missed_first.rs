//! Entries that another host appended first come first; the command that was under way is decided again behind them.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{contents, hello, two_hosts};

scenarios![missed_entries_come_first];

fn missed_entries_come_first(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    other.say(ADA, session, "theirs");
    world.hold_appends();
    let mine = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    world.conflict_with(&other, session);
    world.release();
    let answer = world.answer(mine);
    assert_eq!((answer.version, answer.is(201)["content"].clone()), (3, json!("mine")));
    assert_eq!(contents(world, session), ["theirs", "mine"]);
}

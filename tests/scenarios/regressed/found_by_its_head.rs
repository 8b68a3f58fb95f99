//! A host that reads the store's head finds out by itself: that it went back, that others wrote, or that nothing happened.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};

use super::{contents, keeping};

scenarios![a_head_tells_where_the_store_stands];

fn a_head_tells_where_the_store_stands(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    let (before, appends) = (host.log(session).entries.clone(), host.appends);
    host.read_head(session);
    assert_eq!(host.appends, appends, "nothing happened");
    host.log_mut(session).go_back(1);
    host.read_head(session);
    assert_eq!((&host.log(session).entries, host.appends), (&before, appends + 1), "it went back");
    let mut other = host.twin();
    other.say(BOT, session, "four");
    host.conflict_with(&other, session);
    host.read_head(session);
    assert_eq!(contents(&mut host, session), ["one", "two", "three", "four"], "others wrote");
    // While an append is on its way the head says nothing.
    host.hold_appends();
    let ticket = host.send(ADA, session, colloq_abi::Op::AppendMessage, super::hello("five"));
    host.log_mut(session).go_back(3);
    host.read_head(session);
    assert_eq!(host.held(), [1]);
    host.release();
    assert_eq!(host.answer(ticket).version, 6);
    assert_eq!(host.losses, []);
}

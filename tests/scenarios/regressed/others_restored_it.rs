//! Two hosts give the store what it lost. One is first, wholly or in part, and may have gone on; the other takes it as it is.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{contents, hello, keeping};

scenarios![another_host_gave_it_again, another_host_gave_some_of_it_again];

fn another_host_gave_it_again(world: &mut World) {
    for goes_on in [false, true] {
        let (mut host, session) = keeping(world, 8);
        let whole = host.twin();
        host.log_mut(session).go_back(2);
        host.hold_appends();
        let ticket = host.send(ADA, session, Op::AppendMessage, hello("mine"));
        assert!(host.release_one());
        assert_eq!(host.held(), [2], "it is on its way");
        let mut other = whole;
        if goes_on {
            other.say(ADA, session, "theirs");
        }
        host.conflict_with(&other, session);
        host.release();
        host.answer(ticket).is(201);
        let expected = if goes_on { &["one", "two", "three", "theirs", "mine"][..] } else { &["one", "two", "three", "mine"] };
        assert_eq!(contents(&mut host, session), expected);
        assert_eq!((host.losses.len(), host.damaged.len()), (0, 0));
    }
}

fn another_host_gave_some_of_it_again(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    let mut other = host.twin();
    other.log_mut(session).go_back(3);
    let before = host.log(session).entries.clone();
    host.log_mut(session).go_back(1);
    host.hold_appends();
    host.read_head(session);
    assert_eq!(host.held(), [3]);
    host.conflict_with(&other, session);
    assert!(host.release_one());
    assert_eq!(host.held(), [1], "the rest");
    host.release();
    assert_eq!(host.log(session).entries, before);
    host.say(ADA, session, "four");
    assert_eq!((host.losses.len(), host.damaged.len()), (0, 0));
}

//! Nobody knows whether the store took what it had lost: it is given the identical entries once more, and the session stays blocked.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{contents, hello, keeping};

scenarios![what_was_lost_is_given_until_it_is_there];

fn what_was_lost_is_given_until_it_is_there(world: &mut World) {
    for stored in [false, true] {
        let (mut host, session) = keeping(world, 8);
        let before = host.log(session).entries.clone();
        host.log_mut(session).go_back(2);
        host.hold_appends();
        host.read_head(session);
        let ticket = host.send(ADA, session, Op::AppendMessage, hello("four"));
        if stored {
            host.store_unheard();
        }
        host.lose_outcome();
        assert_eq!(host.held(), [2]);
        host.lose_outcome();
        assert_eq!(host.held(), [2]);
        host.release();
        assert_eq!(host.answer(ticket).version, 5);
        assert_eq!(&host.log(session).entries[..4], &before[..]);
        assert_eq!(contents(&mut host, session), ["one", "two", "three", "four"]);
    }
}

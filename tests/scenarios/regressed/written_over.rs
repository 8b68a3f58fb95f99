//! While a host gives the store what it lost, another one goes on from where the store stood: that history counts. Whoever waits may try
//! again, and the loss is reported.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};

use super::{contents, hello, keeping};

scenarios![another_host_wrote_in_its_place];

fn another_host_wrote_in_its_place(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    host.log_mut(session).go_back(2);
    let mut other = host.twin();
    other.say(BOT, session, "2b");
    host.hold_appends();
    let ticket = host.send(ADA, session, Op::AppendMessage, hello("mine"));
    assert!(host.release_one());
    assert_eq!(host.held(), [2]);
    host.conflict_with(&other, session);
    host.release();
    host.answer(ticket).refused("storeUnavailable");
    assert_eq!(host.losses.iter().map(|lost| &lost.versions[..]).collect::<Vec<_>>(), [[3, 4]]);
    assert_eq!(contents(&mut host, session), ["one", "2b"]);
    host.say(ADA, session, "mine");
    assert_eq!((contents(&mut host, session).len(), host.damaged.len()), (3, 0));
}

//! A store that went back and then cannot be written keeps its shorter history: the loss is reported before it is forgotten.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{contents, hello, keeping};

scenarios![a_loss_is_reported_before_it_is_forgotten];

fn a_loss_is_reported_before_it_is_forgotten(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    host.log_mut(session).go_back(2);
    host.hold_appends();
    host.read_head(session);
    let ticket = host.send(ADA, session, Op::AppendMessage, hello("four"));
    host.drop_append(session, "storeUnavailable");
    host.answer(ticket).refused("storeUnavailable");
    assert_eq!(host.losses.iter().map(|lost| &lost.versions[..]).collect::<Vec<_>>(), [[3, 4]]);
    assert_eq!(contents(&mut host, session), ["one"]);
    // A store that did not go back loses nothing by it.
    let ticket = host.send(ADA, session, Op::AppendMessage, hello("four"));
    host.drop_append(session, "storeUnavailable");
    host.answer(ticket).refused("storeUnavailable");
    assert_eq!(host.losses.len(), 1);
}

//! A store that lost a session altogether is given all of it, where all is at hand; otherwise the session is gone, for nothing but a
//! create creates.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{contents, hello, keeping};

scenarios![a_lost_session_is_given_again, a_lost_session_is_gone];

fn a_lost_session_is_given_again(world: &mut World) {
    let (mut host, session) = keeping(world, 4);
    let before = host.log(session).entries.clone();
    host.log_mut(session).go_back(0);
    host.say(ADA, session, "four");
    assert_eq!(&host.log(session).entries[..4], &before[..]);
    assert_eq!(contents(&mut host, session), ["one", "two", "three", "four"]);
    // A fork's log begins in its parent's, also the second time.
    let state = host.post(ADA, session, Op::Fork, "");
    let fork = host.new_id();
    host.post(ADA, fork, Op::Restore, String::from_utf8(state.body).expect("text")).is(201);
    host.log_mut(fork).go_back(0);
    host.say(ADA, fork, "five");
    assert_eq!(host.twin().read(ADA, fork), host.read(ADA, fork));
    assert_eq!(host.losses, []);
}

fn a_lost_session_is_gone(world: &mut World) {
    let (mut host, session) = keeping(world, 3);
    host.log_mut(session).go_back(0);
    host.post(ADA, session, Op::AppendMessage, hello("four")).refused("sessionNotFound");
    host.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
    assert_eq!(host.losses.iter().map(|lost| &lost.versions[..]).collect::<Vec<_>>(), [[2, 3, 4]]);
    assert_eq!(host.log(session).entries.len(), 0);
    host.post(ADA, session, Op::Create, json!({})).is(201);
}

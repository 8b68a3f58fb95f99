//! A snapshot and what follows it make the state that the whole log makes, at every cut: equal in every field, in digest and in text.

use colloq_core::{Actor, Replica, Role, Session, Upstream, session_json};
use colloq_tests::crashers;
use colloq_tests::properties::{History, Scribe, Step, config};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(config(crashers!("cuts"), 60, 20_000))]

    #[test]
    fn a_snapshot_and_its_tail_are_the_whole_log(steps in vec(any::<Step>(), 1..30)) {
        let mut scribe = Scribe::play(&steps);
        check(&scribe);
        let last = steps[steps.len() - 1];
        for mut copy in copies(&mut scribe, last) {
            copy.go_on(&steps[..steps.len().min(4)]);
            check(&copy);
        }
    }
}

/// A fork of the session at some message, and a copy of it out of an export.
fn copies(scribe: &mut Scribe, [which, ..]: Step) -> Vec<Scribe> {
    let session = scribe.replica.confirmed().clone();
    let through = session.messages.iter().nth(usize::from(which) % 8).map(|message| message.id());
    let fork = session.fork(through).expect("the message is there");
    let ada = Actor::new(Role::User, fork.user_id.clone());
    vec![Scribe::restored(2, scribe.now, fork, &ada), Scribe::restored(3, scribe.now, session.export(), &Actor::new(Role::Operator, "ops"))]
}

fn check(scribe: &Scribe) {
    let history = &scribe.history;
    let whole = history.replay();
    same(scribe.replica.confirmed(), &whole, "what the host holds is what its log says");
    // Each cut is loaded once, and then takes every entry that follows, as a replica does.
    let mut cuts: Vec<Replica<()>> = Vec::new();
    for version in 1..=history.len() {
        let state = history.state(version);
        let text = state.to_snapshot();
        let loaded = Session::from_snapshot(&text, state.head.chain).expect("a snapshot reads");
        same(&loaded, state, "a snapshot holds the state");
        assert!(text.contains(&state.digest().to_string()), "a snapshot names the digest of its state");
        let from = history.state(version - 1).head;
        for replica in &mut cuts {
            replica.handle_entries(from, &history.texts(version - 1)[..1]).expect("an entry continues every state before it");
        }
        cuts.push(Replica::new(Upstream::Host, loaded));
    }
    for (cut, replica) in cuts.iter().enumerate() {
        same(replica.confirmed(), &whole, &format!("cut after entry {}", cut + 1));
    }
    readable(history);
}

fn same(one: &Session, other: &Session, why: &str) {
    assert_eq!(one.digest(), other.digest(), "{why}");
    assert_eq!(one.to_snapshot(), other.to_snapshot(), "{why}");
    assert_eq!(one, other, "{why}");
    assert_eq!(session_json(one, 0, None), session_json(other, 0, None), "{why}");
}

/// Every entry is read to what was written, and its JSON is what any reader takes.
fn readable(history: &History) {
    for (entry, text) in history.entries().iter().zip(history.texts(0)) {
        assert_eq!(entry.encode(), text);
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok());
    }
}

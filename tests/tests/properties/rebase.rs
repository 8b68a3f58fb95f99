//! A rebase is a replay: at every moment a view is the confirmed state with the pending commands decided anew on it, and a confirmed
//! state is the log up to its version, replayed.

use colloq_core::{Entry, Outcome, Pending, Replica, SCHEMA, Session, Upstream, decide, session_json};
use colloq_tests::crashers;
use colloq_tests::properties::{Step, config};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::network::{Network, Weather};

proptest! {
    #![proptest_config(config(crashers!("rebase"), 40, 20_000))]

    /// While no time passes, views are equal to the byte.
    #[test]
    fn a_view_is_its_pending_commands_decided_anew(steps in vec(any::<Step>(), 1..50)) {
        let mut network = Network::new(Weather::Still, steps[0]);
        for step in &steps[1..] {
            network.perform(*step);
            check(&mut network, colloq_core::Session::to_snapshot);
        }
    }

    /// Whoever foresaw an entry keeps its view as it is: it differs by times and by nothing else.
    #[test]
    fn a_view_that_foresaw_differs_by_times_alone(steps in vec(any::<Step>(), 1..50)) {
        let mut network = Network::new(Weather::Fair, steps[0]);
        for step in &steps[1..] {
            network.perform(*step);
            check(&mut network, timeless);
        }
    }
}

fn check<T: PartialEq + std::fmt::Debug>(network: &mut Network, shown: impl Fn(&Session) -> T) {
    for (at, host) in network.hosts.iter_mut().enumerate() {
        check_confirmed(&network.history, host.replica.confirmed());
        let anew = decided_by_store(&host.replica);
        assert_eq!(host.replica.view(), &anew, "host {at}: a host's view is exact, whatever the clocks say");
    }
    for (at, page) in network.pages.iter_mut().enumerate() {
        check_confirmed(&network.history, page.replica.confirmed());
        let anew = decided_by_host(&page.replica);
        assert_eq!(shown(page.replica.view()), shown(&anew), "page {at}");
    }
}

fn check_confirmed(history: &colloq_tests::properties::History, confirmed: &Session) {
    assert_eq!(confirmed, history.state(confirmed.head.version as usize), "what is confirmed is what the log says");
}

/// The view of a host: its pending entries as they are encoded, on the confirmed state.
fn decided_by_store<T>(replica: &Replica<T>) -> Session {
    let mut anew = Replica::<()>::new(Upstream::Host, replica.confirmed().clone());
    let encoded = replica.pending().iter().filter_map(|pending| pending.encoded.as_ref());
    let texts: Vec<&str> = encoded.map(|(text, _)| text.as_str()).collect();
    anew.handle_entries(replica.confirmed().head, &texts).expect("what is pending continues what is confirmed");
    anew.confirmed().clone()
}

/// The view of a page: each pending command decided on what those before it made of the confirmed state. One that is rejected now has no
/// effect, and waits for the host's word.
fn decided_by_host<T>(replica: &Replica<T>) -> Session {
    let mut view = replica.confirmed().clone();
    for Pending { request, stamp, .. } in replica.pending() {
        let mut stamp = stamp.clone();
        stamp.now = stamp.now.max(view.now);
        let Ok(events) = decide(&view, &request.command, &stamp) else { continue };
        let (version, command) = (view.head.version + 1, request.id);
        let entry = Entry { schema: SCHEMA, version, command, once: None, stamp, outcome: Outcome::Accepted, events, digest: None };
        let chain = view.head.chain;
        view.apply(&entry, chain);
    }
    view
}

/// What is shown, without times.
fn timeless(view: &Session) -> Value {
    let mut json: Value = serde_json::from_str(&session_json(view, 0, None)).expect("a session is JSON");
    strip(&mut json);
    json
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let times = ["createdAt", "lastActivity", "timestamp", "since", "at"];
            fields.retain(|key, _| !times.contains(&key.as_str()));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

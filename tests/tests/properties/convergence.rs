//! However frames were lost, doubled and reordered, whatever crashed: once nothing goes wrong any more, all agree, every command took
//! effect once, and everybody was told what became of theirs.

use std::collections::BTreeMap;

use colloq_core::{Code, Entry, Id};
use colloq_tests::crashers;
use colloq_tests::properties::{Step, config};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::network::{Network, Weather};
use crate::page::{Page, Told};

proptest! {
    #![proptest_config(config(crashers!("convergence"), 60, 30_000))]

    #[test]
    fn all_agree_in_the_end(steps in vec(any::<Step>(), 1..90)) {
        let mut network = Network::new(Weather::Foul, steps[0]);
        steps[1..].iter().for_each(|step| network.perform(*step));
        network.heal();
        check_states(&mut network);
        check_commands(&network);
    }
}

/// What everybody holds is what the log says, replayed from its first entry.
fn check_states(network: &mut Network) {
    let whole = network.history.replay();
    assert_eq!(&whole, network.history.state(network.history.len()));
    let (digest, text) = (whole.digest(), whole.to_snapshot());
    for (at, host) in network.hosts.iter_mut().enumerate() {
        assert_eq!(host.replica.confirmed(), &whole, "host {at}");
        assert_eq!(host.replica.view(), &whole, "nothing is pending at host {at}");
    }
    for (at, page) in network.pages.iter_mut().enumerate() {
        assert_eq!(page.replica.confirmed(), &whole, "page {at}");
        assert_eq!((page.replica.confirmed().digest(), page.replica.confirmed().to_snapshot()), (digest, text.clone()), "page {at}");
        assert_eq!(page.replica.view(), &whole, "nothing is pending at page {at}");
    }
}

/// No command is in the log twice, and each page was told of each of its commands what the log says of it.
fn check_commands(network: &Network) {
    let mut by_client: BTreeMap<Id, Vec<Entry>> = BTreeMap::new();
    for entry in network.history.entries() {
        if let Some(id) = entry.command {
            by_client.entry(id.0).or_default().push(entry.clone());
        }
    }
    for page in &network.pages {
        assert!(page.told.iter().all(Option::is_some), "everybody is told what became of what they did: {:?}", page.told);
    }
    for page in network.pages.iter().chain(&network.closed) {
        let known = by_client.remove(&page.client).unwrap_or_default();
        assert!(known.len() <= page.told.len(), "what nobody asked for is not in the log");
        for (id, version) in known.iter().filter_map(|entry| Some((entry.command?, entry.version as usize))) {
            let last = network.history.state(version - 1).last_seq(id.0);
            assert_eq!(id.1, last + 1, "a client's commands are in the log once and in their order");
        }
        // Whoever was forgotten is not told what became of what they sent before.
        if !page.told.contains(&Some(Told::Refused(Code::ClientForgotten))) {
            check_told(page, &known);
        }
    }
}

fn check_told(page: &Page, known: &[Entry]) {
    // Of a page that was closed early, the first of what it did are known.
    let on_record = page.told.iter().map_while(|told| *told).filter_map(|told| match told {
        Told::Settled(rejected) => Some(rejected),
        Told::Rejected(code) => Some(Some(code)),
        Told::Refused(_) => None,
    });
    let on_record: Vec<Option<Code>> = on_record.collect();
    let outcomes: Vec<Option<Code>> = known.iter().map(|entry| entry.outcome.rejected()).take(on_record.len()).collect();
    assert_eq!(on_record, outcomes, "page {} was told what is on record: {:?}", page.who, page.told);
    assert!(page.told.contains(&None) || outcomes.len() == known.len(), "page {} was told of all that is on record", page.who);
}

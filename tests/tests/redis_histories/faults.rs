//! The faults of a cluster of three primaries with a replica each, under one host and three, in each setting.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::sleep;

use crate::record::Outcome;
use crate::servers::Cluster;
use crate::settings::{NODE_TIMEOUT_MS, PLAIN, SAFE, SETTINGS, Setting, Trouble};
use crate::talk::Run;

const CONVERSATIONS: usize = 8;

#[derive(Clone, Copy, Debug)]
enum Fault {
    Servers(Trouble),
    SlotsMoved,
}

const FAULTS: [Fault; 5] = [
    Fault::Servers(Trouble::PrimaryKilled),
    Fault::Servers(Trouble::PrimaryStopped),
    Fault::Servers(Trouble::PrimaryRestarted),
    Fault::SlotsMoved,
    Fault::Servers(Trouble::AllKilled),
];

impl Fault {
    async fn happen(self, cluster: &mut Cluster, run: &Run) {
        match self {
            Self::Servers(trouble) => trouble.happen(cluster).await,
            Self::SlotsMoved => {
                for session in run.record.sessions().into_iter().rev().take(4) {
                    move_slot(cluster, &format!("colloq:{{default/{}}}", session.simple())).await;
                }
                cluster.wait_until_whole();
            }
        }
    }
}

/// Moves a key's slot from its primary to another one, key by key, as an operator's tool does.
async fn move_slot(cluster: &Cluster, key: &str) {
    let ask = |at: usize, words: &[&str]| cluster.nodes[at].ask(words);
    let slot = &*ask(0, &["CLUSTER", "KEYSLOT", key]);
    let primaries = cluster.primaries();
    let id = |at: usize| ask(at, &["CLUSTER", "MYID"]);
    let mut owner = None;
    for at in &primaries {
        let other = primaries.iter().find(|other| *other != at).expect("there are three");
        if ask(*at, &["CLUSTER", "SETSLOT", slot, "MIGRATING", &id(*other)]) == "OK" {
            owner = Some((*at, *other));
        }
    }
    let (from, to) = owner.expect("some primary has the slot");
    ask(to, &["CLUSTER", "SETSLOT", slot, "IMPORTING", &id(from)]);
    loop {
        let keys = ask(from, &["CLUSTER", "GETKEYSINSLOT", slot, "1"]);
        let Some(key) = keys.lines().next().filter(|key| !key.is_empty()) else { break };
        let moved = ask(from, &["MIGRATE", "127.0.0.1", &cluster.nodes[to].port.to_string(), key, "0", "5000"]);
        // A target that was made a moment ago may not know yet that the cluster is whole; the key stays where it is until it does.
        assert!(moved == "OK" || moved == "NOKEY" || moved.contains("CLUSTERDOWN"), "{moved}");
        sleep(Duration::from_millis(50)).await;
    }
    for at in [to, from] {
        assert_eq!(ask(at, &["CLUSTER", "SETSLOT", slot, "NODE", &id(to)]), "OK");
    }
}

async fn measure((name, options, store, is_safe): Setting, fault: Fault, hosts: usize) -> Outcome {
    let mut cluster = Cluster::start(NODE_TIMEOUT_MS, options);
    let url = format!("{}?timeout=500{store}", cluster.url());
    let run = Run::start(&vec![url.clone(); hosts], CONVERSATIONS).await;
    run.more(200).await;
    run.record.harm();
    fault.happen(&mut cluster, &run).await;
    run.more(200).await;
    let outcome = run.finish(&url).await;
    println!("{name}, {hosts} hosts, {fault:?}: {outcome}");
    assert!(!is_safe || outcome.lost == 0, "{name} under {fault:?}: {outcome}");
    outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_killed_primary_whose_appends_were_waited_for_costs_nothing() {
    assert!(measure(SAFE, Fault::Servers(Trouble::PrimaryKilled), 3).await.acknowledged > 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_what_is_gone_with_all_servers_is_given_back_or_reported() {
    assert!(measure(PLAIN, Fault::Servers(Trouble::AllKilled), 2).await.acknowledged > 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_slots_that_move_cost_nothing() {
    assert_eq!(measure(PLAIN, Fault::SlotsMoved, 2).await.lost, 0);
}

/// All faults in all settings, under one host and three: counted, and printed as a table.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_histories_of_all_settings_are_in_order() {
    if std::env::var_os("COLLOQ_FULL").is_none() {
        return;
    }
    let mut table = String::from("| setting | hosts |");
    for fault in FAULTS {
        write!(table, " {fault:?} |").expect("a text takes all");
    }
    for setting in SETTINGS {
        for hosts in [1, 3] {
            write!(table, "\n| {} | {hosts} |", setting.0).expect("a text takes all");
            for fault in FAULTS {
                let outcome = measure(setting, fault, hosts).await;
                write!(table, " {} of {} |", outcome.lost, outcome.acknowledged).expect("a text takes all");
            }
        }
    }
    println!("{table}");
}

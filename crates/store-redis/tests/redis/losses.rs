//! What each setting loses in each fault: measured, printed as the table that README.md shows, and checked where nothing may be lost.
//!
//! Whatever is lost has to be noticed by whoever wrote it; that is checked of every setting.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::sleep;

use crate::faults::{Outcome, more, under};
use crate::servers::Cluster;

const NODE_TIMEOUT_MS: u32 = 1_000;
const ALWAYS: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];
const REPLICAS: [&str; 4] = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "1"];

/// A setting: its name, the servers' options, the store's, and whether it may lose nothing.
type Setting = (&'static str, &'static [&'static str], &'static str, bool);

const SETTINGS: [Setting; 4] = [
    ("plain", &[], "", false),
    ("min-replicas-to-write 1", &REPLICAS, "", false),
    ("wait=1", &[], "&wait=1&wait_timeout=500", false),
    ("appendfsync always, wait=1", &ALWAYS, "&wait=1&wait_timeout=500", true),
];

#[derive(Clone, Copy, Debug)]
enum Fault {
    PrimaryKilled,
    PrimaryStopped,
    AllKilled,
}

impl Fault {
    async fn happen(self, cluster: &mut Cluster) {
        let primary = cluster.primaries()[0];
        let timeout = Duration::from_millis(NODE_TIMEOUT_MS.into());
        match self {
            Self::PrimaryKilled => {
                cluster.nodes[primary].kill();
                sleep(timeout * 3).await;
                cluster.nodes[primary].restart();
            }
            Self::PrimaryStopped => {
                cluster.nodes[primary].signal("STOP");
                sleep(timeout * 2).await;
                cluster.nodes[primary].signal("CONT");
            }
            Self::AllKilled => {
                cluster.nodes.iter_mut().for_each(crate::servers::Server::kill);
                cluster.nodes.iter_mut().for_each(crate::servers::Server::restart);
            }
        }
        cluster.wait_until_whole();
    }
}

async fn measure((_, options, store, _): Setting, fault: Fault) -> Outcome {
    let mut cluster = Cluster::start(NODE_TIMEOUT_MS, options);
    let url = format!("{}?timeout=500{store}", cluster.url());
    under(&url, 24, async |run| {
        more(run, 500).await;
        fault.happen(&mut cluster).await;
        more(run, 100).await;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_losses_of_each_setting_are_noticed() {
    if std::env::var_os("COLLOQ_FULL").is_none() {
        return;
    }
    let rounds = 3;
    println!("| setting | primary killed | primary stopped | all killed |\n|---|---|---|---|");
    for setting in SETTINGS {
        let mut row = format!("| {} |", setting.0);
        for fault in [Fault::PrimaryKilled, Fault::PrimaryStopped, Fault::AllKilled] {
            let (mut lost, mut acknowledged) = (0, 0);
            for _ in 0..rounds {
                let outcome = measure(setting, fault).await;
                assert_eq!(outcome.lost, outcome.noticed, "{} under {fault:?}: a loss that nobody noticed", setting.0);
                assert!(!setting.3 || outcome.lost == 0, "{} under {fault:?} lost {}", setting.0, outcome.lost);
                lost += outcome.lost;
                acknowledged += outcome.acknowledged;
            }
            write!(row, " {lost} of {acknowledged} |").unwrap();
        }
        println!("{row}");
    }
}

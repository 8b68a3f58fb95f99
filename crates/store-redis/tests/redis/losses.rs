//! What each setting loses in each fault: measured, printed as the table that README.md shows, and checked where nothing may be lost.
//!
//! Whatever is lost has to be noticed by whoever wrote it; that is checked of every setting.

use std::fmt::Write as _;

use crate::faults::{Outcome, more, under};
use crate::servers::Cluster;
use crate::settings::{NODE_TIMEOUT_MS, SETTINGS, Setting, Trouble};

async fn measure((_, options, store, _): Setting, trouble: Trouble) -> Outcome {
    let mut cluster = Cluster::start(NODE_TIMEOUT_MS, options);
    let url = format!("{}?timeout=500{store}", cluster.url());
    under(&url, 24, async |run| {
        more(run, 500).await;
        trouble.happen(&mut cluster).await;
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
        for trouble in [Trouble::PrimaryKilled, Trouble::PrimaryStopped, Trouble::AllKilled] {
            let (mut lost, mut acknowledged) = (0, 0);
            for _ in 0..rounds {
                let outcome = measure(setting, trouble).await;
                assert_eq!(outcome.lost, outcome.noticed, "{} under {trouble:?}: a loss that nobody noticed", setting.0);
                assert!(!setting.3 || outcome.lost == 0, "{} under {trouble:?} lost {}", setting.0, outcome.lost);
                lost += outcome.lost;
                acknowledged += outcome.acknowledged;
            }
            write!(row, " {lost} of {acknowledged} |").unwrap();
        }
        println!("{row}");
    }
}

//! Backups that a host makes by itself.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use colloq_tests::host::Place;
use tokio::time::sleep;

use crate::stage::{create, items, run, say, stop};

const PATIENCE: Duration = Duration::from_mins(1);

fn backups(place: &Place) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(place.path().join("backups")) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "backup"));
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_backs_itself_up_and_keeps_the_newest() {
    let place = Place::new();
    let setup = place.setup().flag("--backup-every", "1s").flag("--backup-keep", "2").flag("--backup-dir", "backups");
    let host = setup.start().await;
    let session = create(&host.http(), "ada").await;
    let (begun, mut seen) = (Instant::now(), std::collections::BTreeSet::new());
    while seen.len() < 4 {
        assert!(begun.elapsed() < PATIENCE, "no more backups come: {seen:?}");
        let there = backups(&place);
        // One more is there for the moment between the newest and the removal of the oldest.
        assert!(there.len() <= 3, "{there:?}");
        seen.extend(there);
        say(&host.http(), &session, "meanwhile").await;
        sleep(Duration::from_millis(50)).await;
    }
    stop(host).await;
    let newest = backups(&place).pop().expect("one is there");
    assert_eq!(items(&newest).await.len(), 1);
    std::fs::rename(&newest, place.path().join("newest.backup")).expect("it can be moved");
    run(&place, "restore newest.backup --store sqlite:copy.db").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_is_logged_and_the_host_goes_on() {
    let place = Place::new();
    std::fs::write(place.path().join("backups"), "no folder").expect("a file");
    let host = place.setup().flag("--backup-every", "1s").flag("--backup-dir", "backups").start().await;
    let session = create(&host.http(), "ada").await;
    let begun = Instant::now();
    while !host.log().contains("a backup was not made") {
        assert!(begun.elapsed() < PATIENCE, "nothing is logged");
        sleep(Duration::from_millis(50)).await;
    }
    say(&host.http(), &session, "it goes on").await;
    stop(host).await;
    assert_eq!(std::fs::read_to_string(place.path().join("backups")).expect("it is there"), "no folder");
}

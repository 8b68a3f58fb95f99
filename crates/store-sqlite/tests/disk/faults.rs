//! A disk that says no: after a sync or a write that failed nothing more is acknowledged until the store was opened anew, and nothing is
//! tried again on it; on a full one nothing is acknowledged until there is room, and then all goes on.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use colloq_store::conformance::Subject;
use colloq_store_sqlite::SqliteStore;

use crate::cuts::{files, put};
use crate::trace::{Fate, Trace};
use crate::writer::{Writer, acknowledged, folder, room, script, stand};

/// How often a writer is heard after its disk failed.
const AFTER: usize = 12;

/// Runs a writer into a fault, and answers what it said from then on, and what it did.
fn run_into(folder: &Path, fault: &str) -> Option<(Vec<String>, Trace)> {
    let path = folder.join("fault.db");
    put(&path, &[Vec::new(), Vec::new()]);
    fs::remove_file(&path).unwrap();
    SqliteStore::open(&path).unwrap().close();
    let (base, trace) = (files(&path), folder.join(format!("trace-{fault}")));
    let mut writer = Writer::start(&path, &trace, fault)?;
    let mut said = Vec::new();
    while said.len() < AFTER {
        let next = writer.next().expect("a writer whose disk failed lives on");
        if !said.is_empty() || acknowledged(&next).is_none() {
            said.push(next);
        }
    }
    writer.kill();
    Some((said, Trace::read(&trace, base)))
}

/// What was told is there after a power cut that leaves nothing unsynced, and the store takes writes again.
async fn check(folder: &Path, trace: &Trace) {
    let path = folder.join("after.db");
    put(&path, &trace.disk(trace.steps.len(), Fate::Forgotten));
    let store: Subject = Arc::new(SqliteStore::open(&path).unwrap());
    let (told, found) = (trace.told(trace.steps.len()), stand(&store).await.unwrap());
    assert!((0..3).all(|session| (told[session]..=told[session] + 4).contains(&found[session])), "{told:?} {found:?}");
    let mut log = script(1, found[1]);
    log.append(&store, 2, 10).await;
}

#[tokio::test]
async fn after_a_sync_that_failed_nothing_is_acknowledged() {
    let folder = folder();
    // The last of them meets a checkpoint, which syncs the database itself.
    for nth in [3, 4, 17, 90, 230, 260, 290, 330] {
        let Some((said, trace)) = run_into(folder.path(), &format!("s{nth}")) else { return };
        assert!(said.iter().all(|said| said == "unknown" || said == "refused"), "sync {nth}: {said:?}");
        assert!(said[1..].iter().all(|said| said == "refused"), "sync {nth} is not tried again: {said:?}");
        check(folder.path(), &trace).await;
    }
}

#[tokio::test]
async fn after_a_write_that_failed_nothing_is_acknowledged_that_is_not_there() {
    let folder = folder();
    for nth in [5, 6, 7, 40, 41, 250, 1501] {
        let Some((said, trace)) = run_into(folder.path(), &format!("w{nth}")) else { return };
        assert!(said.iter().all(|said| acknowledged(said).is_none()), "write {nth}: {said:?}");
        check(folder.path(), &trace).await;
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_once_there_is_room_all_goes_on() {
    let folder = folder();
    for nth in [6, 33, 400] {
        let path = folder.path().join(format!("full-{nth}.db"));
        SqliteStore::open(&path).unwrap().close();
        let (base, trace) = (files(&path), folder.path().join(format!("trace-{nth}")));
        let Some(mut writer) = Writer::start(&path, &trace, &format!("f{nth}")) else { return };
        let mut next = || writer.next().expect("a writer whose disk is full lives on");
        while acknowledged(&next()).is_some() {}
        let meanwhile: Vec<String> = (0..AFTER).map(|_| next()).collect();
        assert!(meanwhile.iter().all(|said| said == "full"), "write {nth}: {meanwhile:?}");
        fs::write(room(&path), "").unwrap();
        // What it said before is still on its way.
        let mut next = || writer.next().expect("a writer that has room lives on");
        while acknowledged(&next()).is_none() {}
        let told: Vec<String> = (0..100).map(|_| next()).collect();
        assert!(told.iter().all(|said| acknowledged(said).is_some()), "write {nth}: with room it goes on: {told:?}");
        writer.kill();
        check(folder.path(), &Trace::read(&trace, base)).await;
    }
}

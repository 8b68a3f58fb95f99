//! A writer that is killed at any moment: what it was told is kept must be there.
//!
//! The test runs its own binary again as the writer, which prints each version that was acknowledged; the parent kills it with a
//! signal that cannot be caught. It must never compare with anything but what was printed before the kill.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use colloq_store::conformance::{Script, Subject, records};
use colloq_store::{Head, Record};
use colloq_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const PLACE: &str = "COLLOQ_CRASH_TEST_FILE";
const SESSIONS: u128 = 3;
/// The kills of a round; the long figures are many rounds, each over a file of its own, for every kill has all of the file read again.
const KILLS: usize = 25;
const ROUNDS_FULL: usize = 20;

/// The whole log is a function of its length, so that the parent knows every byte without being told.
fn script(number: u128, length: usize) -> Script {
    let mut script = Script::new(number);
    script.records = records(Head::ZERO, length, number as u64);
    script
}

/// Where a log stands; every record of it must be the one that its place asks for.
async fn stand(store: &Subject, number: u128) -> usize {
    let found: Vec<Record> = Script::new(number).load(store).await.map_or(Vec::new(), |loaded| loaded.records);
    assert_eq!(found, script(number, found.len()).records, "the log of session {number} has a gap or another byte");
    found.len()
}

/// The writer: appends to its sessions until it is killed. Where no file is named it is not the writer, and there is nothing to do.
#[tokio::test]
async fn write_until_killed() {
    let Some(path) = std::env::var_os(PLACE) else { return };
    let store: Subject = Arc::new(SqliteStore::open(Path::new(&path)).unwrap());
    let mut writers = JoinSet::new();
    for number in 0..SESSIONS {
        let store = store.clone();
        writers.spawn(async move {
            let mut log = script(number, stand(&store, number).await);
            loop {
                let count = 1 + log.records.len() % 3;
                let mut append = log.next(count, 10);
                append.records = records(log.head(), count, number as u64);
                log.send(&store, append).await;
                let mut out = std::io::stdout().lock();
                writeln!(out, "acknowledged {number} {}", log.head().version).unwrap();
                out.flush().unwrap();
            }
        });
    }
    writers.join_all().await;
}

#[tokio::test]
async fn acknowledged_entries_survive_a_kill() {
    let rounds = if std::env::var_os("COLLOQ_FULL").is_some() { ROUNDS_FULL } else { 1 };
    let mut acknowledged = 0;
    for nth in 0..rounds {
        acknowledged += round(nth).await;
    }
    println!("{} kills, {acknowledged} entries acknowledged", rounds * KILLS);
}

/// Kills writers of one file; gives how many entries were acknowledged.
async fn round(nth: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crash.db");
    let mut told = [0usize; SESSIONS as usize];
    for cycle in nth * KILLS..(nth + 1) * KILLS {
        let before = told;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "write_until_killed", "--nocapture"])
            .env(PLACE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The kill comes after another number of acknowledgements each time, and so at another point of a commit; the longer cycles
        // reach past a checkpoint.
        let mut left = 1 + cycle * 211 % 601;
        while let Some(Ok(line)) = lines.next() {
            let Some(words) = line.split_once("acknowledged ").and_then(|(_, words)| words.split_once(' ')) else {
                continue;
            };
            told[words.0.parse::<usize>().unwrap()] = words.1.parse().unwrap();
            left = left.saturating_sub(1);
            if left == 0 {
                child.kill().unwrap();
                left = usize::MAX;
            }
        }
        child.wait().unwrap();
        assert_ne!(told, before, "the writer wrote nothing in cycle {cycle}");
        let store: Subject = Arc::new(SqliteStore::open(&path).unwrap());
        for (number, &told) in told.iter().enumerate() {
            let found = stand(&store, number as u128).await;
            assert!(found >= told, "session {number}: {told} were acknowledged, {found} are there");
        }
    }
    told.iter().sum()
}

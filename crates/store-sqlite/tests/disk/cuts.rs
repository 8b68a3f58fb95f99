//! Power cuts: whatever the disk had not synced is gone, half there, or there in another order; what was acknowledged is there, and behind
//! it at most what was on its way.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use colloq_store::conformance::Subject;
use colloq_store_sqlite::SqliteStore;

use crate::trace::{FILES, Fate, Step, Trace, mixed};
use crate::writer::{Writer, acknowledged, folder, script, stand};

/// Far enough for a checkpoint, and for the log to begin anew behind it.
const TOLD: usize = 700;

fn is_full() -> bool {
    std::env::var_os("COLLOQ_FULL").is_some()
}

pub(crate) fn files(path: &Path) -> [Vec<u8>; FILES] {
    let wal = format!("{}-wal", path.display());
    [fs::read(path).unwrap(), fs::read(wal).unwrap_or_default()]
}

/// Writes a disk down as a store's files.
pub(crate) fn put(path: &Path, disk: &[Vec<u8>; FILES]) {
    let wal = format!("{}-wal", path.display());
    for stale in [format!("{}-shm", path.display()), wal.clone()] {
        let _ = fs::remove_file(stale);
    }
    fs::write(path, &disk[0]).unwrap();
    if !disk[1].is_empty() {
        fs::write(wal, &disk[1]).unwrap();
    }
}

/// A writer that was killed after so many acknowledgements, as it was written down.
fn traced(folder: &Path) -> Option<Trace> {
    let path = folder.join("traced.db");
    SqliteStore::open(&path).unwrap().close();
    let (base, trace) = (files(&path), folder.join("trace"));
    let mut writer = Writer::start(&path, &trace, "")?;
    let mut told = 0;
    while told < TOLD {
        told += usize::from(acknowledged(&writer.next().expect("it writes on")).is_some());
    }
    writer.kill();
    Some(Trace::read(&trace, base))
}

async fn check(path: &Path, trace: &Trace, count: usize, fate: Fate) {
    put(path, &trace.disk(count, fate));
    let store: Subject = match SqliteStore::open(path) {
        Ok(store) => Arc::new(store),
        Err(error) => panic!("after step {count} ({fate:?}) the store does not open: {error}"),
    };
    let (told, found) = (trace.told(count), stand(&store).await.expect("what is there can be read"));
    for session in 0..3 {
        let (told, found) = (told[session], found[session]);
        assert!(
            (told..=told + 4).contains(&found),
            "step {count} ({fate:?}), session {session}: {told} were acknowledged, {found} are there"
        );
    }
    // And it goes on from there.
    let mut log = script(0, found[0]);
    log.append(&store, 1, 10).await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_power_cut_at_any_moment() {
    let folder = folder();
    let Some(trace) = traced(folder.path()) else { return };
    let syncs = |file| trace.steps.iter().filter(|step| matches!(step, Step::Sync { file: of } if *of == file)).count();
    assert!(syncs(0) > 0 && syncs(1) > TOLD / 2, "checkpoints and commits were traced: {} {}", syncs(0), syncs(1));
    let path = folder.path().join("cut.db");
    // Around checkpoints every step is tried, elsewhere some.
    let near_checkpoint: Vec<bool> = {
        let is_database = |step: &Step| matches!(step, Step::Write { file: 0, .. } | Step::Sync { file: 0 });
        let marks: Vec<usize> = (0..trace.steps.len()).filter(|at| is_database(&trace.steps[*at])).collect();
        let mut near = vec![false; trace.steps.len() + 1];
        for mark in marks.iter().step_by(if is_full() { 1 } else { 40 }) {
            (mark.saturating_sub(1)..=(mark + 2).min(trace.steps.len())).for_each(|at| near[at] = true);
        }
        near
    };
    let step = if is_full() { 3 } else { 131 };
    let mut tried = 0;
    for count in (0..=trace.steps.len()).filter(|count| count % step == 0 || near_checkpoint[*count]) {
        for fate in [Fate::Forgotten, Fate::Kept, Fate::Mixed(count as u64), Fate::Torn(mixed(count as u64) as usize % 4096)] {
            check(&path, &trace, count, fate).await;
            tried += 1;
        }
    }
    println!("{tried} power cuts in {} steps", trace.steps.len());
    assert!(tried > 200, "{tried}");
}

#[tokio::test]
async fn the_last_record_may_be_torn_at_any_byte() {
    let folder = folder();
    let Some(trace) = traced(folder.path()) else { return };
    let path = folder.path().join("torn.db");
    // The last commit that was written whole: each of its writes is torn in turn.
    let syncs: Vec<usize> = (0..trace.steps.len()).filter(|at| matches!(trace.steps[*at], Step::Sync { file: 1 })).collect();
    let (from, to) = (syncs[syncs.len() - 3], syncs[syncs.len() - 2]);
    let mut tried = 0;
    for at in from..to {
        let Step::Write { bytes, .. } = &trace.steps[at] else { continue };
        for cut in (0..bytes.len()).step_by(if is_full() { 1 } else { 61 }) {
            check(&path, &trace, at + 1, Fate::Torn(cut)).await;
            tried += 1;
        }
    }
    println!("{tried} torn writes");
    assert!(tried > 20, "{tried}");
}

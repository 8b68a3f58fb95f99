//! Bits that flip at rest: the store refuses the file or the session, or gives what cannot be told from what was written, or its chain does
//! not hold, which is what a host checks when it loads it. In the write-ahead log what follows the damage is gone, and what is before it there.

use std::path::Path;

use colloq_store::Store as _;
use colloq_store::conformance::{Script, chain_after};
use colloq_store_sqlite::SqliteStore;

use crate::cuts::{files, put};
use crate::trace::{FILES, mixed};
use crate::writer::{Writer, acknowledged, folder, script};

/// What became of a session whose disk has another bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The file or the session was refused.
    Refused,
    /// It is as it was.
    Whole,
    /// Its chain does not hold.
    Broken,
    /// A beginning of it.
    Prefix,
    /// Nothing of it is there.
    Nothing,
}

/// The files of a store of three sessions, with their logs in the database or still in the write-ahead log.
fn disk(folder: &Path, told: usize, is_closed: bool) -> Option<([Vec<u8>; FILES], [usize; 3])> {
    let path = folder.join("flips.db");
    put(&path, &[Vec::new(), Vec::new()]);
    std::fs::remove_file(&path).unwrap();
    SqliteStore::open(&path).unwrap().close();
    let mut writer = Writer::start(&path, &folder.join("trace"), "")?;
    let mut stands = [0; 3];
    for _ in 0..told {
        let (session, version) = acknowledged(&writer.next().expect("it writes")).expect("it is acknowledged");
        stands[session] = version;
    }
    writer.kill();
    if is_closed {
        SqliteStore::open(&path).unwrap().close();
    }
    Some((files(&path), stands))
}

async fn see(path: &Path, session: u128, stand: usize) -> Seen {
    let Ok(store) = SqliteStore::open(path) else { return Seen::Refused };
    let key = Script::new(session).key;
    let loaded = match store.load(&key).await {
        Err(_) => return Seen::Refused,
        Ok(None) => return Seen::Nothing,
        Ok(Some(loaded)) => loaded,
    };
    let snapshot = loaded.snapshot.as_ref();
    let mut head = snapshot.map_or(colloq_store::Head::ZERO, |snapshot| snapshot.head);
    for record in &loaded.records {
        let chain = chain_after(head.chain, &record.bytes);
        if record.head.version != head.version + 1 || record.head.chain != chain {
            return Seen::Broken;
        }
        head = record.head;
    }
    if head.version as usize > stand + 10 {
        return Seen::Broken;
    }
    let expected = script(session, stand.max(head.version as usize));
    if expected.head_at(head.version) != head || snapshot.is_some_and(|snapshot| snapshot.bytes != "state") {
        return Seen::Broken;
    }
    if head.version as usize >= stand { Seen::Whole } else { Seen::Prefix }
}

/// Flips bits one at a time; counts what was seen.
async fn flip(folder: &Path, disk: &[Vec<u8>; FILES], stands: [usize; 3], file: usize, times: u64) -> Vec<(u64, u128, Seen)> {
    let path = folder.join("flipped.db");
    let mut all = Vec::new();
    for nth in 0..times {
        let at = mixed(nth) % (disk[file].len() as u64 * 8);
        let mut flipped = disk.clone();
        flipped[file][(at / 8) as usize] ^= 1 << (at % 8);
        put(&path, &flipped);
        for session in 0..3 {
            all.push((at, session, see(&path, session, stands[session as usize]).await));
        }
    }
    all
}

#[tokio::test]
async fn a_flipped_bit_is_never_a_silent_hole() {
    let folder = folder();
    let times = if std::env::var_os("COLLOQ_FULL").is_some() { 20_000 } else { 500 };
    let Some((disk, stands)) = disk(folder.path(), 120, true) else { return };
    let seen = flip(folder.path(), &disk, stands, 0, times).await;
    let count = |what: Seen| seen.iter().filter(|(_, _, seen)| *seen == what).count();
    println!(
        "of {} loads: {} refused, {} broken chains, {} whole",
        seen.len(),
        count(Seen::Refused),
        count(Seen::Broken),
        count(Seen::Whole)
    );
    let silent: Vec<_> = seen.iter().filter(|(_, _, seen)| matches!(seen, Seen::Prefix | Seen::Nothing)).collect();
    assert!(silent.is_empty(), "bits whose flip hides entries: {silent:?}");
    assert!(count(Seen::Broken) + count(Seen::Refused) > 50, "flips are found");
}

#[tokio::test]
async fn a_flipped_bit_in_the_write_ahead_log_leaves_what_was_before_it() {
    let folder = folder();
    let times = if std::env::var_os("COLLOQ_FULL").is_some() { 5_000 } else { 300 };
    let Some((disk, stands)) = disk(folder.path(), 120, false) else { return };
    let seen = flip(folder.path(), &disk, stands, 1, times).await;
    let bad: Vec<_> = seen.iter().filter(|(_, _, seen)| *seen == Seen::Broken).collect();
    assert!(bad.is_empty(), "a clean prefix or a refusal: {bad:?}");
    assert!(seen.iter().any(|(_, _, seen)| *seen == Seen::Prefix || *seen == Seen::Nothing), "flips were met");
}

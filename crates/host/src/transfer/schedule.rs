//! Backups that a host makes by itself, now and then, into a folder where the newest stay.
//!
//! One that fails is logged, and the host goes on. Only files that bear its own kind of name are ever removed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use colloq_store::{Archive, StoreError};
use tokio::time::sleep;

use super::backup::Backup;
use super::file::NewFile;
use crate::clock::{now_ms, rfc3339};

const BEGINNING: &str = "colloq-";
const END: &str = ".backup";
/// A failed one is tried again after so long, where it would not come earlier.
const AGAIN: Duration = Duration::from_mins(5);

/// When and where backups are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How often.
    pub every: Duration,
    /// How many of the newest stay.
    pub keep: usize,
    /// The folder.
    pub folder: PathBuf,
}

/// Why a backup was not made.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes backups for ever. The first comes when the newest that is there is as old as that.
pub async fn keep_backing_up(store: Arc<dyn Archive>, schedule: Schedule) {
    let mut wait = schedule.every.saturating_sub(newest_age(&schedule.folder).unwrap_or(Duration::MAX));
    loop {
        sleep(wait).await;
        wait = match back_up(&store, &schedule).await {
            Ok((path, bytes)) => {
                tracing::info!(path = %path.display(), bytes, "a backup was made");
                schedule.every
            }
            Err(error) => {
                tracing::error!(%error, folder = %schedule.folder.display(), "a backup was not made; the host goes on");
                schedule.every.min(AGAIN)
            }
        };
    }
}

async fn back_up(store: &Arc<dyn Archive>, schedule: &Schedule) -> Result<(PathBuf, u64), Failed> {
    tokio::fs::create_dir_all(&schedule.folder).await?;
    let now = now_ms();
    let path = schedule.folder.join(format!("{BEGINNING}{}{END}", stamp(now)));
    let mut file = NewFile::create(&path).await?;
    let mut backup = Backup::new(Arc::clone(store), None, now);
    while let Some(bytes) = backup.next_bytes().await? {
        file.write(&bytes).await?;
    }
    let bytes = file.bytes();
    file.finish().await?;
    remove_oldest(&schedule.folder, schedule.keep)?;
    Ok((path, bytes))
}

/// The backups of a folder, oldest first: their names say when they were made.
fn backups(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let stamp = name.strip_prefix(BEGINNING).and_then(|rest| rest.strip_suffix(END));
        if stamp.is_some_and(|stamp| stamp.len() == 19 && stamp.bytes().all(|byte| byte.is_ascii_digit() || b"TZ.".contains(&byte))) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn remove_oldest(folder: &Path, keep: usize) -> io::Result<()> {
    let found = backups(folder)?;
    for path in &found[..found.len().saturating_sub(keep.max(1))] {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

fn newest_age(folder: &Path) -> Option<Duration> {
    let newest = backups(folder).ok()?.pop()?;
    let made = std::fs::metadata(newest).and_then(|found| found.modified()).ok()?;
    Some(SystemTime::now().duration_since(made).unwrap_or_default())
}

/// A time as names have it, in UTC: `20260131T235959.123`.
fn stamp(ms: u64) -> String {
    rfc3339(ms).replace(['-', ':', 'Z'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_when() {
        assert_eq!((&*stamp(0), &*stamp(951_782_399_999)), ("19700101T000000.000", "20000228T235959.999"));
    }

    #[test]
    fn only_the_oldest_of_its_own_kind_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = ["colloq-20260101T000000.000.backup", "colloq-20260102T000000.000.backup", "colloq-20260103T000000.000.backup"];
        let others = ["colloq-mine.backup", "colloq-20250101T000000.000.backup.part", "notes"];
        for name in names.iter().chain(&others) {
            std::fs::write(folder.path().join(name), "x").expect("it can be written");
        }
        remove_oldest(folder.path(), 2).expect("it can be read");
        let is_there = |name: &&str| folder.path().join(name).exists();
        assert_eq!((names.map(|name| is_there(&name)), others.map(|name| is_there(&name))), ([false, true, true], [true; 3]));
        assert!(newest_age(folder.path()).is_some_and(|age| age < Duration::from_mins(1)));
    }
}

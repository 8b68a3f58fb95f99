//! Files that are read again when they change: keys and certificates are replaced without a restart.
//!
//! What cannot be used is said once and changes nothing: the host goes on with what it had.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

/// How soon a change is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What tells one state of a file from another.
type Stamp = Option<(SystemTime, u64)>;

/// Calls `read` whenever one of these files has changed, until the runtime ends. It says why what is there cannot be used.
pub fn watch<E: std::fmt::Display>(paths: Vec<PathBuf>, read: impl Fn() -> Result<(), E> + Send + 'static) {
    let mut known: Vec<Stamp> = paths.iter().map(stamp).collect();
    tokio::spawn(async move {
        loop {
            sleep(LOOK_EVERY).await;
            let found: Vec<Stamp> = paths.iter().map(stamp).collect();
            // A file that is just being replaced may be away for a moment.
            if found == known || found.iter().any(Option::is_none) {
                continue;
            }
            known = found;
            match read() {
                Ok(()) => tracing::warn!(?paths, "read again"),
                Err(error) => tracing::error!(?paths, %error, "cannot be used; what was read before stays in force"),
            }
        }
    });
}

fn stamp(path: &PathBuf) -> Stamp {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

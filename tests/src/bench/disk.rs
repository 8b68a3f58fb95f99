//! The disk under durable writes: how often it syncs, and that it is one.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// What is written before each sync.
const BYTES: usize = 200;
const TIME: Duration = Duration::from_millis(500);
/// No disk syncs so often: whatever does keeps nothing.
const SYNCS_MAX: f64 = 200_000.0;

/// How many times a second a folder's disk takes 200 bytes and says that it has them.
///
/// # Errors
/// The system's; and where the folder lies in memory, which is no disk.
pub fn syncs_per_second(folder: &Path) -> Result<f64> {
    let path = folder.join("syncs");
    let mut file = File::create(&path)?;
    let (begun, mut syncs) = (Instant::now(), 0);
    while begun.elapsed() < TIME {
        file.write_all(&[0; BYTES])?;
        file.sync_data()?;
        syncs += 1;
    }
    std::fs::remove_file(path)?;
    let per_second = f64::from(syncs) / begun.elapsed().as_secs_f64();
    ensure!(per_second < SYNCS_MAX, "{} is no disk: it syncs {per_second:.0} times a second", folder.display());
    Ok(per_second)
}

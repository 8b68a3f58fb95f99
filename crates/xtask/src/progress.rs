//! One line a step, with the time it took, so that a person can follow a build.
//!
//! It only prints; it never decides whether a step has to run.

use std::time::Instant;

use anyhow::Result;

/// How a step went.
pub(crate) enum Did {
    /// It ran; the text says what came out, or is empty.
    Work(String),
    /// Its inputs had not changed.
    Nothing,
}

impl Did {
    /// Work about which there is nothing more to say.
    pub(crate) fn work() -> Did {
        Did::Work(String::new())
    }
}

/// Runs a step and prints its line once it went well; the caller reports an error.
pub(crate) fn step(what: &str, work: impl FnOnce() -> Result<Did>) -> Result<()> {
    let begun = Instant::now();
    let did = work()?;
    let seconds = begun.elapsed().as_secs_f64();
    let note = match did {
        Did::Work(note) if note.is_empty() => String::new(),
        Did::Work(note) => format!(": {note}"),
        Did::Nothing => ": unchanged".to_owned(),
    };
    println!("{seconds:8.1} s  {what}{note}");
    Ok(())
}

//! Stamps: a step's inputs as one hash, kept beside the build, so that a step whose inputs did not change is skipped.
//!
//! A stamp holds contents, never times: a checkout or a copy changes times and nothing else. It is removed before the
//! step runs and written after, so that a step that broke off runs again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::places::Places;

/// The hash of one step's inputs while it is gathered.
pub(crate) struct Stamp {
    file: PathBuf,
    hash: Sha256,
}

impl Stamp {
    /// A stamp of that name, without inputs yet.
    pub(crate) fn new(places: &Places, name: &str) -> Stamp {
        Stamp { file: places.target.join("xtask").join(format!("{name}.stamp")), hash: Sha256::new() }
    }

    /// Takes a text (a version, an option) as an input.
    pub(crate) fn text(mut self, text: &str) -> Stamp {
        self.add(text.as_bytes());
        self
    }

    /// Takes a file's name and content as an input.
    pub(crate) fn file(mut self, path: &Path) -> Result<Stamp> {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.add(path.as_os_str().as_encoded_bytes());
        self.add(&content);
        Ok(self)
    }

    /// Takes every file below a folder, in the order of names, but nothing below a folder whose name `skip` knows.
    pub(crate) fn folder(self, path: &Path, skip: &impl Fn(&str) -> bool) -> Result<Stamp> {
        let mut entries = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
            .with_context(|| format!("cannot list {}", path.display()))?;
        entries.sort();
        entries.iter().try_fold(self, |stamp, entry| {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            match entry {
                _ if skip(&name) => Ok(stamp),
                _ if entry.is_dir() => stamp.folder(entry, skip),
                _ => stamp.file(entry),
            }
        })
    }

    /// Runs the step unless the same inputs gave these outputs before; says whether it ran.
    pub(crate) fn unless_fresh(self, outputs: &[PathBuf], work: impl FnOnce() -> Result<()>) -> Result<bool> {
        let hash = hex(&self.hash.finalize());
        if outputs.iter().all(|output| output.exists()) && fs::read_to_string(&self.file).is_ok_and(|kept| kept == hash) {
            return Ok(false);
        }
        if self.file.exists() {
            fs::remove_file(&self.file).with_context(|| format!("cannot remove {}", self.file.display()))?;
        }
        work()?;
        write(&self.file, hash.as_bytes())?;
        Ok(true)
    }

    /// Lengths stand before contents, so that no two lists of inputs run into the same bytes.
    fn add(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }
}

/// Writes a file and the folders above it, unless it holds these bytes already: then its time stays, and nothing that looks at it is built anew.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|held| held == bytes) {
        return Ok(());
    }
    let folder = path.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).and_then(|()| fs::write(path, bytes)).with_context(|| format!("cannot write {}", path.display()))
}

/// Copies a file as [`write`] writes one.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    write(to, &fs::read(from).with_context(|| format!("cannot read {}", from.display()))?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a step with these inputs ran, in a target folder of its own.
    fn ran(target: &Path, input: &Path, output: &Path) -> bool {
        let places = Places { root: target.to_path_buf(), target: target.to_path_buf() };
        let stamp = Stamp::new(&places, "step").text("1").folder(input, &|name| name == "node_modules").unwrap();
        stamp.unless_fresh(&[output.to_path_buf()], || write(output, b"built")).unwrap()
    }

    #[test]
    fn runs_again_only_when_an_input_changed_or_an_output_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        write(&input.join("deep/a.txt"), b"a").unwrap();
        write(&input.join("node_modules/b.txt"), b"b").unwrap();
        assert!(ran(folder.path(), &input, &output), "first");
        assert!(!ran(folder.path(), &input, &output), "nothing changed");
        write(&input.join("node_modules/b.txt"), b"other").unwrap();
        assert!(!ran(folder.path(), &input, &output), "a skipped folder changed");
        write(&input.join("deep/a.txt"), b"other").unwrap();
        assert!(ran(folder.path(), &input, &output), "an input changed");
        fs::remove_file(&output).unwrap();
        assert!(ran(folder.path(), &input, &output), "the output is gone");
    }

    #[test]
    fn a_step_that_failed_runs_again() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { root: folder.path().to_path_buf(), target: folder.path().to_path_buf() };
        assert!(Stamp::new(&places, "step").unless_fresh(&[], || Ok(())).unwrap());
        assert!(Stamp::new(&places, "step").text("new").unless_fresh(&[], || anyhow::bail!("broke off")).is_err());
        assert!(Stamp::new(&places, "step").unless_fresh(&[], || Ok(())).unwrap(), "the old stamp must not outlive a failure");
    }

    #[test]
    fn moved_bytes_are_another_input() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { root: folder.path().to_path_buf(), target: folder.path().to_path_buf() };
        assert!(Stamp::new(&places, "step").text("ab").text("c").unless_fresh(&[], || Ok(())).unwrap());
        assert!(Stamp::new(&places, "step").text("a").text("bc").unless_fresh(&[], || Ok(())).unwrap());
    }
}

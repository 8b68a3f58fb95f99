//! Fuzzing: what may come from outside, bent at random, and what must hold all the same. A target is a function of bytes that panics at a
//! fault; `targets` has them, `mutator` bends inputs, and here they are run, always in the same order for the same seed.
//!
//! Without knowledge of what an input reaches, so that it runs on a stable toolchain.

mod mutator;
pub mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use mutator::Mutator;

use crate::golden::sha256;

/// The most bytes of an input.
pub const BYTES_MAX: usize = 64 << 10;

/// How long a target is run.
#[derive(Clone, Copy, Debug)]
pub enum Budget {
    /// So many inputs.
    Inputs(u64),
    /// So long.
    Time(Duration),
}

impl Budget {
    /// `few` inputs; a minute where the long figures are wanted.
    pub fn here(few: u64) -> Self {
        if std::env::var_os("COLLOQ_FULL").is_some() { Self::Time(Duration::from_mins(1)) } else { Self::Inputs(few) }
    }

    /// Whether there is none left.
    pub fn is_spent(self, inputs: u64, since: Instant) -> bool {
        match self {
            Self::Inputs(max) => inputs >= max,
            Self::Time(max) => since.elapsed() >= max,
        }
    }
}

/// The inputs of a target that are kept: those that broke something once, and those that lead far.
pub fn kept(name: &str) -> Vec<Vec<u8>> {
    let folders = [folder("crashers", name), folder("corpus", name)];
    let mut files: Vec<PathBuf> =
        folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a kept input can be read")).collect()
}

fn folder(kind: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join("fuzz").join(name)
}

/// Keeps an input that broke something; gives its file.
///
/// # Panics
/// If it cannot be written.
pub fn keep(name: &str, input: &[u8]) -> PathBuf {
    let folder = folder("crashers", name);
    fs::create_dir_all(&folder).expect("a folder for crashers");
    let file = folder.join(&sha256(input)[..16]);
    fs::write(&file, input).expect("a crasher can be kept");
    file
}

/// Runs a target on what is kept, on its seeds, and on what comes of bending them; gives how many inputs that were.
///
/// # Panics
/// At the first input that breaks it, which is kept then.
pub fn run(name: &str, seeds: &[Vec<u8>], budget: Budget, target: &dyn Fn(&[u8])) -> u64 {
    let mut corpus = kept(name);
    corpus.extend(seeds.iter().cloned());
    for input in &corpus {
        check(name, input, target);
    }
    let (mut mutator, since) = (Mutator::new(7), Instant::now());
    let mut inputs = corpus.len() as u64;
    while !budget.is_spent(inputs, since) {
        let input = mutator.bend(&corpus);
        check(name, &input, target);
        inputs += 1;
    }
    inputs
}

fn check(name: &str, input: &[u8], target: &dyn Fn(&[u8])) {
    let is_sound = catch_unwind(AssertUnwindSafe(|| target(input))).is_ok();
    assert!(is_sound, "{name}: an input broke it, and is kept in {}", keep(name, input).display());
}

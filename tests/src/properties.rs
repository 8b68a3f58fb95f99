//! What property tests share: commands out of plain numbers, the log of one session, and where failing inputs are kept.
//!
//! A sequence is a list of numbers, so that every sequence means something and a failing one shrinks to few and small ones.

mod deeds;
mod dice;
mod history;
mod scribe;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

pub use deeds::{ACTORS, Deeds, actor, creation};
pub use dice::Dice;
pub use history::{Appended, History, entries_of};
pub use scribe::Scribe;

/// One step of a sequence: what is done, to which of the things there are, and what else has to be chosen.
pub type Step = [u16; 3];

/// The app that all sequences play in.
pub const APP: &str = "default";
/// When every sequence begins: 2026-01-01T00:00:00Z.
pub const BEGIN_MS: u64 = 1_767_225_600_000;

/// How a property is tried: always with the same `few` sequences, or with `many` others where the long figures are wanted. What fails
/// is written into `kept`, and comes first from then on.
pub fn config(kept: &'static str, few: u32, many: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::Direct(kept);
    let config = ProptestConfig { failure_persistence: Some(Box::new(kept)), max_shrink_iters: 20_000, ..ProptestConfig::default() };
    match std::env::var_os("COLLOQ_FULL") {
        Some(_) => ProptestConfig { cases: many, ..config },
        None => ProptestConfig { cases: few, rng_seed: RngSeed::Fixed(7), ..config },
    }
}

/// The file in which the failing inputs of a property are kept.
#[macro_export]
macro_rules! crashers {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/crashers/", $name, ".txt")
    };
}

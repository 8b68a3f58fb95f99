//! What the measuring programs in `src/bin` share: inputs, rounds, rows, the load and the processes under it.
//!
//! Nothing here judges a time: a program measures what it measures, and whether a target was met is only reported.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]

pub mod bare;
pub mod clock;
pub mod crowd;
pub mod curve;
pub mod depth;
pub mod disk;
pub mod express;
pub mod http;
pub mod links;
pub mod load;
pub mod memory;
pub mod native;
pub mod nodes;
pub mod paced;
pub mod peer;
pub mod program;
pub mod restart;
pub mod row;
pub mod series;
pub mod speech;
pub mod standard;
pub mod tape;
pub mod threads;
pub mod wasm;
pub mod window;

/// How many rounds the sides of a comparison take turns for; the variable is for those who only want to look.
const ROUNDS: usize = 5;
const ROUNDS_VARIABLE: &str = "COLLOQ_BENCH_ROUNDS";

/// How many rounds there are.
///
/// # Panics
/// If the variable holds no number.
pub fn rounds() -> usize {
    let said = std::env::var(ROUNDS_VARIABLE).map(|rounds| rounds.parse().expect("a number of rounds"));
    said.unwrap_or(ROUNDS).max(1)
}

/// Lets two sides take turns, so that a slow minute of the machine is slow for both. Every second round the other side begins.
///
/// # Errors
/// Whatever a side fails with.
pub fn alternate<E>(mut side: impl FnMut(Side) -> Result<(), E>) -> Result<(), E> {
    take_turns(2, |which| side(if which == 0 { Side::Ours } else { Side::Theirs }))
}

/// Lets any number of sides take turns; every second round in the opposite order.
///
/// # Errors
/// Whatever a side fails with.
pub fn take_turns<E>(sides: usize, mut side: impl FnMut(usize) -> Result<(), E>) -> Result<(), E> {
    for round in 0..rounds() {
        for turn in 0..sides {
            side(if round % 2 == 0 { turn } else { sides - 1 - turn })?;
        }
    }
    Ok(())
}

/// The two sides of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What this project ships.
    Ours,
    /// What it is compared with.
    Theirs,
}

//! What the measuring programs in `src/bin` share: inputs, rounds, rows, the load and the processes under it.
//!
//! Nothing here judges a time: a program measures what it measures, and whether a target was met is only reported.

pub mod http;
pub mod load;
pub mod native;
pub mod peer;
pub mod program;
pub mod row;
pub mod series;
pub mod standard;
pub mod tape;
pub mod wasm;

/// How many rounds the two sides of a comparison take turns for.
pub const ROUNDS: usize = 5;

/// Lets two sides take turns, so that a slow minute of the machine is slow for both. Every second round the other side begins.
///
/// # Errors
/// Whatever a side fails with.
pub fn alternate<E>(mut side: impl FnMut(Side) -> Result<(), E>) -> Result<(), E> {
    for round in 0..ROUNDS {
        let order = if round % 2 == 0 { [Side::Ours, Side::Theirs] } else { [Side::Theirs, Side::Ours] };
        for which in order {
            side(which)?;
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

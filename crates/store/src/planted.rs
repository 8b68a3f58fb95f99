//! Faults that are planted on purpose, one at a time, to show that a simulation finds them. Only the feature `planted` has them, and no
//! release build takes it.

use std::sync::atomic::{AtomicU8, Ordering};

#[cfg(not(debug_assertions))]
compile_error!("faults are planted in tests alone");

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Planted {
    /// Nothing.
    Nothing,
    /// An answer leaves before the store has what it rests on.
    AnswersEarly,
    /// Links are told before the store has it.
    BroadcastsEarly,
    /// What is not known is taken for failed.
    DecidesAnew,
    /// A catch-up ends before its last entry.
    SkipsEntry,
    /// What happened while a link caught up is dropped.
    LosesHeld,
    /// An erased session leaves no tombstone.
    Resurrects,
}

static PLANTED: AtomicU8 = AtomicU8::new(Planted::Nothing as u8);

/// From here on this is wrong, in the whole process.
pub fn plant(fault: Planted) {
    PLANTED.store(fault as u8, Ordering::Relaxed);
}

/// Whether this is what is wrong.
pub fn is_planted(fault: Planted) -> bool {
    PLANTED.load(Ordering::Relaxed) == fault as u8
}

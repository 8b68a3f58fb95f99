//! Faults that are planted on purpose, one at a time, to show that a simulation finds them. Only the feature `planted` has them, and no
//! release build takes it.

use core::sync::atomic::{AtomicU8, Ordering};

#[cfg(not(debug_assertions))]
compile_error!("faults are planted in tests alone");

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Planted {
    /// Nothing.
    Nothing,
    /// A command is taken though one before it is missing.
    SeqGap,
    /// A command that met a conflict is dropped.
    DropsCommand,
    /// A snapshot is read without its table of clients.
    ForgetsClients,
    /// A delta that repeats what is there is appended whole.
    DeltaOffset,
    /// A head is told by its version alone.
    IgnoresChain,
    /// A page sends under new ids what it sent before.
    NewIds,
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

//! The store on disks that fail: one that forgets what was not synced, tears what it was writing, flips bits, refuses to sync, is full.
//!
//! The test runs its own binary again as the writer, with `shim.c` between it and its disk. What the writer wrote, synced and acknowledged
//! is written down in order, and out of that follows every state in which a power cut could have left the disk. The store itself is the
//! real one, on real files. Where there is no C compiler, or no Linux, there is nothing to run, and that is said.

#![cfg(target_os = "linux")]

mod cuts;
mod faults;
mod flips;
mod kills;
mod trace;
mod writer;

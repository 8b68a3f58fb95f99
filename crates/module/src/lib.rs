//! The one wasm file of colloq: the core with two faces.
//!
//! Hosts use the raw exports (`raw`), browsers the classes (`browser`). Neither face holds a rule of its own; both hand texts to the
//! core and its answers back.

#![no_std]

extern crate alloc;
// The file goes without: the standard library prints panics, and what prints is larger than all of the rules' refusals.
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod body;
mod door;
mod frame;
mod lines;
mod note;
mod shard;
mod uplink;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
mod memory;
#[cfg(target_arch = "wasm32")]
mod panic;
#[cfg(target_arch = "wasm32")]
pub mod raw;

pub use shard::{Memory, Shard};
pub use uplink::{Event, Uplink};

//! The envelope between a module and its host: what a host may ask, and what it is to do about the answer.
//!
//! Payloads (bodies, entries, snapshots, summaries) are opaque bytes: a host carries them and never looks inside. Both sides check
//! [`ABI_VERSION`] before the first call.
//!
//! # Raw exports of a module
//!
//! | export | does |
//! |---|---|
//! | `colloq_abi_version() -> u32` | [`ABI_VERSION`] of the module |
//! | `colloq_alloc(len: u32) -> u32` | memory for a request; 0 where there is none |
//! | `colloq_free(at: u32, len: u32)` | gives memory back |
//! | `colloq_open(at: u32, len: u32) -> u64` | takes an [`Open`], answers a [`Manifest`] |
//! | `colloq_call(at: u32, len: u32) -> u64` | takes a [`Request`], answers a [`Response`] |
//!
//! An answer is `address << 32 | length` in the module's memory and holds until the next call. The host frees what it allocated.
//!
//! # How values lie in bytes
//!
//! Nothing is aligned, padded or named; whoever knows the type reads it from the front to the end, and nothing follows it.
//!
//! | value | bytes |
//! |---|---|
//! | `u8`, `u16`, `u32`, `u64` | as many as its name says, the lowest first |
//! | `bool` | one: 0 or 1 |
//! | `[u8; N]` | its N bytes |
//! | `&[u8]`, `&str` | the length as a `u32`, then the bytes; a `&str` is UTF-8 |
//! | `Option` | a `bool`, then the value where there is one |
//! | `Vec` | the count as a `u32`, then the values |
//! | a struct | its fields, in the order in which they are declared |
//! | an enum | its tag in one byte, as its documentation says, then its fields |
//!
//! [`Response`] alone is written otherwise: the module writes each effect when it comes about. An effect is a byte that says what it is,
//! then its struct: 1 [`Reply`], 2 [`Append`], 3 [`Kept`], 4 [`Touch`], 5 [`Erasure`], 6 [`Loss`], 7 [`Rested`]; there may be any number of
//! each, in any order. 0 [`End`] comes last, and once.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod request;
mod response;
#[cfg(test)]
mod tests;
mod wire;

pub use request::{Actor, Call, Conflicted, Head, Load, Op, Open, Request, Role, Snapshot};
pub use response::{
    Append, Code, Effect, End, Entry, Erasure, Kept, Loss, Manifest, News, Reply, ReplyKind, Response, Rested, Stats, Touch, Unanswered,
};
pub use wire::{Error, Input, Wire};

use alloc::vec::Vec;

/// The version of the envelope and of the raw exports.
pub const ABI_VERSION: u32 = 7;

/// How much room most requests take.
const ROOM_BYTES: usize = 512;

/// Encodes one side of the envelope.
pub fn encode<'a>(value: &impl Wire<'a>) -> Vec<u8> {
    let mut out = Vec::with_capacity(ROOM_BYTES);
    value.put(&mut out);
    out
}

/// Decodes one side of the envelope. Payloads are borrowed.
///
/// # Errors
/// Where the bytes are cut short, go on behind the end, or are not of this version.
pub fn decode<'a, T: Wire<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    let mut input = Input(bytes);
    let value = T::take(&mut input)?;
    if input.0.is_empty() { Ok(value) } else { Err(Error) }
}

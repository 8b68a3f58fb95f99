//! The envelope between a module and its host: what a host may ask, and what it is to do about the answer.
//!
//! Payloads (bodies, entries, snapshots, summaries) are opaque bytes: a host carries them and never looks inside. The envelope is
//! encoded with postcard; both sides check [`ABI_VERSION`] before the first call.
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

#![no_std]

extern crate alloc;

mod request;
mod response;

pub use request::{Actor, Call, Conflicted, Head, Load, Op, Open, Request, Role, Snapshot};
pub use response::{Append, Code, Entry, Erasure, Kept, Loss, Manifest, Reply, ReplyKind, Response, Stats, Touch};

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The version of the envelope and of the raw exports.
pub const ABI_VERSION: u32 = 2;

/// Why bytes are not what they should be.
pub use postcard::Error;

/// Encodes one side of the envelope.
///
/// # Errors
/// None that these types can bring about; the encoder's own.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    postcard::to_allocvec(value)
}

/// Encodes behind what a buffer holds already.
///
/// # Errors
/// None that these types can bring about; the encoder's own.
pub fn encode_into<T: Serialize>(value: &T, buffer: Vec<u8>) -> Result<Vec<u8>, Error> {
    postcard::to_extend(value, buffer)
}

/// Decodes one side of the envelope. Payloads are borrowed.
///
/// # Errors
/// Where the bytes are cut short or are not of this version.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes)
}

//! Where logs live: the contract between a host and its stores, and the in-memory store.
//!
//! A store keeps bytes and compares heads. It must never look into an entry, a snapshot or a summary, decide a rule of the
//! application, or keep anything that a log does not say.

mod archive;
#[cfg(feature = "conformance")]
pub mod conformance;
mod doors;
mod memory;
mod model;
mod news;
#[cfg(feature = "planted")]
pub mod planted;
mod store;

pub use archive::{Archive, Archived, Keys, PutError, Walk, Whole};
pub use doors::{Kept, REVOCATION_KEPT_MS, Revocation};
pub use memory::MemoryStore;
pub use model::{Append, Found, Head, Key, Listed, Loaded, Meta, Page, Record, Snapshot, Touch, Unanswered, Waiting};
pub use news::{Hear, News, Topic};
pub use store::{AppendError, PRIVATES_MAX, Pending, PrivateError, Store, StoreError};

//! `colloq-core`: every rule of a conversation's session, as a deterministic state machine.
//!
//! [`decide`] answers a [`Command`] with [`Event`]s, and [`Session::apply`] folds the decided [`Entry`] into the state. Around
//! these two, a [`Replica`] keeps what an upstream confirmed apart from what it has yet to confirm (a browser's upstream is a
//! host, a host's is a store), and a [`Directory`] keeps many replicas by id, recency and deadline.
//!
//! What must never happen here: I/O, a clock, randomness, hash-map iteration, or a panic on bad input. Time, identity and entropy
//! come in as a [`Stamp`].

#![no_std]
#![forbid(unsafe_code)]
// What is banned, and why, stands in this crate's clippy.toml.
#![deny(clippy::disallowed_types, clippy::disallowed_methods, clippy::float_arithmetic, clippy::iter_over_hash_type)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod apply;
mod chain;
mod clients;
mod code;
mod command;
mod context;
mod counters;
mod deadlines;
mod decide;
mod directory;
mod entry;
mod event;
mod free;
mod hex;
mod id;
pub mod json;
mod limits;
mod message;
mod messages;
mod once;
mod pages;
mod places;
#[cfg(feature = "planted")]
pub mod planted;
mod presence;
mod recency;
mod replica;
mod restored;
mod rights;
mod rows;
#[cfg(test)]
mod scene;
#[cfg(feature = "schema")]
mod schema;
mod session;
mod snapshot;
mod sort;
mod stamp;
mod streams;
mod time;
mod tombstones;
mod upgrade;
mod view;

pub use chain::{Chain, Head};
pub use clients::{CLIENTS_MAX, ClientFloor, UNACKNOWLEDGED_MAX};
pub use code::{Code, FieldError, Refusal, Rejection};
pub use command::*;
pub use context::{Context, Issue, Preferences, PreferencesPatch, Project, ResponseFormat};
pub use counters::Counters;
pub use decide::{Decision, decide};
pub use directory::{Directory, Slot, SlotId};
pub use entry::{Entry, EntryError, Outcome, SCHEMA};
pub use event::Event;
pub use free::{DEPTH_MAX, Free};
pub use id::Id;
pub use limits::{Limits, LimitsPatch};
pub use message::{Author, Draft, Failure, MessageType, Part, Status};
pub use messages::{Message, Messages};
pub use once::{Once, Used};
pub use presence::{Presence, PresenceState, Present};
pub use replica::{Conflict, Pending, Received, Recent, Refused, Replica, Settled, Standing, Submitted, Upstream};
pub use restored::Restored;
pub use rights::{Access, check_access, matrix, may_read};
#[cfg(feature = "schema")]
pub use schema::schema_json;
pub use session::{Auth, AuthState, EndReason, Ended, Session};
pub use snapshot::{SnapshotError, digest_of as snapshot_digest};
pub use sort::sort;
pub use stamp::{Actor, Entropy, Role, Stamp};
pub use time::{Time, format_rfc3339, parse_rfc3339};
pub use tombstones::Tombstones;
pub use view::{head_json, session_json, summary_json, write_session};

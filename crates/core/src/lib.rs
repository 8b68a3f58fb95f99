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

extern crate alloc;
#[cfg(test)]
extern crate std;

mod apply;
mod chain;
mod clients;
mod code;
mod command;
mod context;
mod decide;
mod directory;
mod entry;
mod event;
mod free;
mod id;
mod limits;
mod message;
mod messages;
mod recency;
mod replica;
mod rights;
#[cfg(feature = "schema")]
mod schema;
mod session;
mod snapshot;
mod stamp;
mod streams;
mod time;
mod view;

pub use chain::{Chain, Head};
pub use clients::{CLIENTS_MAX, ClientFloor, UNACKNOWLEDGED_MAX};
pub use code::{Code, FieldError, Rejection};
pub use command::{
    AppendDelta, AppendMessage, Batch, Command, CommandId, Commands, CompleteMessage, Create, End, Expire, FailMessage, NewMessage,
    PatchData, RecordIssue, RemoveIssue, Rename, Request, SetActiveProject, SetLimits, SetPart, SetPreferences, StopMessage,
};
pub use context::{Context, Issue, Preferences, PreferencesPatch, Project, ResponseFormat};
pub use decide::{Decision, decide};
pub use directory::{Directory, Slot, SlotId};
pub use entry::{Entry, EntryError, Outcome, SCHEMA};
pub use event::Event;
pub use free::{DEPTH_MAX, Free};
pub use id::Id;
pub use limits::{Limits, LimitsPatch};
pub use message::{Author, Draft, Failure, Message, MessageType, Part, Status};
pub use messages::Messages;
pub use replica::{Pending, Received, Refused, Replica, Settled, Submitted, Upstream};
pub use rights::{Access, matrix, may_read};
#[cfg(feature = "schema")]
pub use schema::schema_json;
pub use session::{Auth, AuthState, EndReason, Ended, Session};
pub use snapshot::SnapshotError;
pub use stamp::{Actor, Entropy, Role, Stamp};
pub use time::{format_rfc3339, parse_rfc3339};
pub use view::{head_json, session_json, summary_json};

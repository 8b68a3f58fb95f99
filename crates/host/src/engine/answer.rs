//! What doors hand to the engine, and what they get back.

use std::sync::Arc;

use bytes::Bytes;
pub use colloq_abi::{Op, Role};
use colloq_store::Key;

/// Who asks, as a door authenticated them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The tenant.
    pub app: Arc<str>,
    /// In which role.
    pub role: Role,
    /// Their id.
    pub id: Arc<str>,
    /// A name to show.
    pub name: Option<Arc<str>>,
    /// Nobody vouches for them.
    pub anonymous: bool,
    /// The `auth.generation` of the sessions that their token names, if it was made for one.
    pub generation: Option<u32>,
}

impl Identity {
    /// Somebody of an app, with nothing else known of them.
    pub fn new(app: impl Into<Arc<str>>, role: Role, id: impl Into<Arc<str>>) -> Self {
        Self { app: app.into(), role, id: id.into(), name: None, anonymous: false, generation: None }
    }
}

/// One call: who asks what of which session.
#[derive(Clone, Debug)]
pub struct CallSpec<'a> {
    /// Who asks.
    pub identity: &'a Identity,
    /// The session.
    pub session: uuid::Uuid,
    /// What they ask for.
    pub op: Op<'a>,
    /// The version of `If-Match`, or of a read's `If-None-Match`.
    pub condition: Option<u64>,
    /// The `Idempotency-Key`.
    pub key: Option<&'a str>,
    /// The body as it came.
    pub body: Bytes,
}

impl<'a> CallSpec<'a> {
    /// A call under no condition and without a key.
    pub fn new(identity: &'a Identity, session: uuid::Uuid, op: Op<'a>, body: Bytes) -> Self {
        Self { identity, session, op, condition: None, key: None, body }
    }

    /// What shards and stores know the session by.
    pub(super) fn session_key(&self) -> Key {
        Key { app: Arc::clone(&self.identity.app), session: *self.session.as_bytes() }
    }
}

/// An answer, ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; from 400 on the body is a problem document.
    pub status: u16,
    /// The version that it speaks of; 0 for none.
    pub version: u64,
    /// JSON; may be empty.
    pub body: Bytes,
    /// A code of the table that the engine has yet to put into words.
    pub(super) code: Option<&'static str>,
}

impl Answer {
    /// An answer that only a code is known of.
    pub(super) fn of_code(code: &'static str) -> Self {
        Self { status: 0, version: 0, body: Bytes::new(), code: Some(code) }
    }
}

/// What a host has to say by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The store cannot be reached. Code `storeUnavailable`.
    #[error("the store is unavailable: {0}")]
    StoreUnavailable(String),
    /// The store has no more room. Code `storeFull`.
    #[error("the store is full: {0}")]
    StoreFull(String),
    /// It is not known whether the request took effect. Code `outcomeUnknown`.
    #[error("it is not known whether the request took effect")]
    OutcomeUnknown,
    /// There is no such session. Code `sessionNotFound`.
    #[error("there is no such session")]
    NotFound,
    /// There may be no more of them. Code `limitReached`.
    #[error("a limit is reached: {0}")]
    LimitReached(&'static str),
    /// No room, or the request was set aside after it broke the module three times. Code `overloaded`.
    #[error("no room: {0}")]
    Overloaded(&'static str),
    /// The module takes the session's history for damaged; it was logged. Code `internal`.
    #[error("the session's history is damaged")]
    Damaged,
    /// Something broke; it was logged. Code `internal`.
    #[error("something broke")]
    Internal,
}

impl EngineError {
    /// The permanent code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StoreUnavailable(_) => "storeUnavailable",
            Self::StoreFull(_) => "storeFull",
            Self::OutcomeUnknown => "outcomeUnknown",
            Self::NotFound => "sessionNotFound",
            Self::LimitReached(_) => "limitReached",
            Self::Overloaded(_) => "overloaded",
            Self::Damaged | Self::Internal => "internal",
        }
    }
}

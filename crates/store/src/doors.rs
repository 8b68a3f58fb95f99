//! What all hosts of a store share beside sessions: the secret that their tokens are signed with, whose tokens are void, and values by name.

use std::sync::Arc;

use bytes::Bytes;

/// How long a store keeps a revocation: an hour longer than any token lives.
pub const REVOCATION_KEPT_MS: u64 = 25 * 60 * 60 * 1000;

/// From a moment on, what somebody was let in by before it lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revocation {
    /// The moment, milliseconds since 1970.
    pub at_ms: u64,
    /// The tenant.
    pub app: Arc<str>,
    /// The user.
    pub user: Arc<str>,
    /// The only token that is meant; `None` for all that were made until then.
    pub token: Option<[u8; 16]>,
}

/// A value that is kept under a name, beside all sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How many times it was written: 1 for the first.
    pub version: u64,
    /// The value.
    pub bytes: Bytes,
}

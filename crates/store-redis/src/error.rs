//! Why a store could not be opened, and what became of a request that was not answered.
//!
//! No message ever holds a password.

use colloq_store::{AppendError, StoreError};
use redis::{RedisError, ServerError};

/// Why [`RedisStore::open`](crate::RedisStore::open) refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Nobody answers there, or not as a store should.
    #[error("the store at {at} cannot be used: {why}")]
    Unusable {
        /// Where was asked.
        at: String,
        /// What went wrong.
        why: String,
    },
    /// What is there was written by a newer version.
    #[error("the store at {at} has the layout {found}, this version knows layout {known}; use a newer version of colloq")]
    Newer {
        /// Where was asked.
        at: String,
        /// The layout that it has.
        found: String,
        /// The layout that this version knows.
        known: String,
    },
}

/// A request that has no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It was not carried out.
    Refused(StoreError),
    /// It may have been carried out, or still be.
    Lost(String),
}

impl Fault {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(StoreError::Unavailable(why.into()))
    }

    /// What came is not what was asked for.
    pub(crate) fn strange(what: &str) -> Self {
        Self::Refused(StoreError::Damaged(format!("an answer of the server is none that it should give: {what}")))
    }

    /// What a server's no means. A script reads before it writes, so one that failed has done nothing.
    pub(crate) fn of_server(error: &ServerError) -> Self {
        let text = format!("{} {}", error.code(), error.details().unwrap_or_default());
        match error.code() {
            "OOM" => Self::Refused(StoreError::Full(text)),
            // The node changed its role while the replicas were waited for.
            "UNBLOCKED" => Self::Lost(text),
            "ERR" | "WRONGTYPE" => Self::Refused(StoreError::Damaged(text)),
            _ => Self::refused(text),
        }
    }

    /// What it means that a request was sent and not answered.
    pub(crate) fn of_sent(error: &RedisError) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            Fault::Lost(why) => Self::Unavailable(why),
        }
    }
}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => Self::Store(error),
            Fault::Lost(why) => Self::Unknown(StoreError::Unavailable(why)),
        }
    }
}

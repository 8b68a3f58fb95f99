//! What stands beside a session's log: its private values, and whether it is there at all.
//!
//! Rights are the module's: a door asks it with `Op::SetPrivate` and its kin before it comes here.

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Key, PrivateError};
use uuid::Uuid;

use super::{Engine, EngineError, Loading};

impl Engine {
    /// Keeps a private value of a session, or removes it (`None`), once a call with `Op::SetPrivate` or `Op::RemovePrivate` allowed it.
    ///
    /// # Errors
    /// Where there is no such session, where it has as many as it may have, and why the store did not.
    pub async fn put_private(&self, app: &Arc<str>, session: Uuid, name: &str, value: Option<Bytes>) -> Result<(), EngineError> {
        Ok(self.inner.store.put_private(&key(app, session), name, value).await?)
    }

    /// A private value of a session, once a call with `Op::ReadPrivate` allowed it.
    ///
    /// # Errors
    /// Why the store did not answer.
    pub async fn private(&self, app: &Arc<str>, session: Uuid, name: &str) -> Result<Option<Bytes>, EngineError> {
        Ok(self.inner.store.private(&key(app, session), name).await?)
    }

    /// Whether a session is there, or is just being created; then it is at hand. Says nothing to anybody but the host itself.
    ///
    /// # Errors
    /// Why the store did not answer.
    pub async fn find(&self, app: &Arc<str>, session: Uuid) -> Result<bool, EngineError> {
        let key = key(app, session);
        match self.inner.load(self.inner.shard(&key), &key).await? {
            Loading::There => Ok(true),
            Loading::Absent => Ok(false),
            Loading::Trapped => Err(EngineError::Overloaded("the session broke the module when it was loaded")),
        }
    }
}

fn key(app: &Arc<str>, session: Uuid) -> Key {
    Key { app: Arc::clone(app), session: *session.as_bytes() }
}

impl From<PrivateError> for EngineError {
    fn from(error: PrivateError) -> Self {
        match error {
            PrivateError::NotFound => Self::NotFound,
            PrivateError::TooMany => Self::LimitReached("a session has at most 64 private values"),
            PrivateError::Store(error) => error.into(),
            _ => Self::Internal,
        }
    }
}

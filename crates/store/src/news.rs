//! What hosts of one store tell each other: that a session moved, and what else they have to say. None of it is kept, and any of it may
//! be lost: it only says sooner what a look at the store says later.

use std::sync::Arc;

use bytes::Bytes;

use crate::Key;

/// What a host can follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// A session.
    Session(Key),
    /// The list of a user's sessions.
    List {
        /// The tenant.
        app: Arc<str>,
        /// The user.
        user: Arc<str>,
    },
    /// The inbox of an app.
    Inbox(Arc<str>),
}

/// Something that another host did or said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What it is about.
    pub topic: Topic,
    /// What it said by [`Store::tell`](crate::Store::tell). Empty where the store itself says that the session's log moved or that it was
    /// erased, or that something may have been missed: then it is to be looked at.
    pub body: Bytes,
}

/// Takes what is heard. It is called wherever the store hears it, and must not wait.
pub type Hear = Arc<dyn Fn(News) + Send + Sync>;

//! The state of a session at a head. Everything in it follows from the log; what does not (the last activity) stands beside it.

use alloc::boxed::Box;
use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clients::Clients;
use crate::message::Message;
use crate::messages::Messages;
use crate::streams::Streams;
use crate::time::as_rfc3339;
use crate::{Context, Free, Head, Id, Limits};

/// Whether somebody vouches for the session's user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum AuthState {
    /// A guest of the page.
    Anonymous,
    /// Known to the app.
    Authenticated,
}

/// How the session's user is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Auth {
    /// Whether somebody vouches for the user.
    pub state: AuthState,
    /// Since when.
    #[serde(with = "as_rfc3339")]
    #[cfg_attr(feature = "schema", schemars(with = "alloc::string::String"))]
    pub since: u64,
    /// Raised by every sign-in and sign-out.
    pub generation: u32,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    /// Nobody was active for `idleMs`.
    Idle,
    /// It was `absoluteMs` old.
    Absolute,
    /// Room was needed.
    Evicted,
    /// Its user signed out.
    SignedOut,
    /// Somebody ended it.
    Ended,
}

/// The end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ended {
    /// When.
    #[serde(with = "as_rfc3339")]
    #[cfg_attr(feature = "schema", schemars(with = "alloc::string::String"))]
    pub at: u64,
    /// Why.
    pub reason: EndReason,
}

/// A session at a head; at version 0 it does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: Id,
    /// The tenant that it belongs to.
    pub app: Box<str>,
    /// Whose it is.
    pub user_id: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// When it was created, in milliseconds since 1970.
    pub created_at: u64,
    /// The time of the last entry: no later stamp may be below it.
    pub now: u64,
    /// Where in the log this state stands.
    pub head: Head,
    /// The live messages.
    pub messages: Messages,
    /// How many messages left the live session.
    pub trimmed: u64,
    /// What the talk is about.
    pub context: Arc<Context>,
    /// The application's data, an object.
    pub data: Free,
    /// How its user is known.
    pub auth: Auth,
    /// What it may hold and how long it lives.
    pub limits: Limits,
    /// What stands in the place of compacted messages.
    pub summary: Option<Box<str>>,
    /// The session that it was forked from.
    pub forked_from: Option<Id>,
    /// Its end, once it ended.
    pub ended: Option<Ended>,
    pub(crate) clients: Clients,
    pub(crate) streams: Streams,
}

impl Session {
    /// A session that does not exist yet.
    pub fn vacant(app: &str, id: Id) -> Self {
        Self {
            id,
            app: app.into(),
            user_id: "".into(),
            title: None,
            created_at: 0,
            now: 0,
            head: Head::ZERO,
            messages: Messages::default(),
            trimmed: 0,
            context: Arc::default(),
            data: Free::empty_object(),
            auth: Auth { state: AuthState::Anonymous, since: 0, generation: 0 },
            limits: Limits::default(),
            summary: None,
            forked_from: None,
            ended: None,
            clients: Clients::default(),
            streams: Streams::default(),
        }
    }

    /// Whether it was created.
    pub fn exists(&self) -> bool {
        self.head.version > 0
    }

    /// Whether it can be written.
    pub fn is_active(&self) -> bool {
        self.exists() && self.ended.is_none()
    }

    /// A live message by its id.
    pub fn message(&self, id: Id) -> Option<&Message> {
        self.messages.find(id).map(|message| &**message)
    }

    /// The last seq that was decided of a client; 0 of an unknown one.
    pub fn last_seq(&self, client: Id) -> u64 {
        self.clients.last_seq(client)
    }

    /// When time ends the session, and why, given its last activity.
    pub fn expiry(&self, touched_at: u64) -> Option<(u64, EndReason)> {
        let after = |from: u64, ms: Option<u64>, reason| ms.map(|ms| (from.saturating_add(ms), reason));
        let idle = after(touched_at.max(self.created_at), self.limits.idle_ms, EndReason::Idle);
        let absolute = after(self.created_at, self.limits.absolute_ms, EndReason::Absolute);
        [absolute, idle].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// When time next changes the session: it expires, or a stream falls silent. `None` for never.
    pub fn deadline(&self, touched_at: u64) -> Option<u64> {
        if !self.is_active() {
            return None;
        }
        [self.expiry(touched_at).map(|(at, _)| at), self.streams.deadline()].into_iter().flatten().min()
    }
}

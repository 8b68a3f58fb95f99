//! The state of a session at a head. Everything in it follows from the log; what does not (the last activity) stands beside it.

use alloc::sync::Arc;

use crate::clients::Clients;
use crate::code::Rejection;
use crate::context;
use crate::json::{Nullable, shape, words};
use crate::message::{MessageType, Status};
use crate::messages::{Message, Messages};
use crate::once::{Keys, Once, Used};
use crate::streams::Streams;
use crate::time::Time;
use crate::{Context, Free, Head, Id, Limits};

words! {
    /// Whether somebody vouches for the session's user.
    pub enum AuthState {
        /// A guest of the page.
        Anonymous = "anonymous",
        /// Known to the app.
        Authenticated = "authenticated",
    }
}

shape! {
    /// How the session's user is known.
    #[derive(Copy)]
    pub struct Auth {
        /// Whether somebody vouches for the user.
        pub state: AuthState = "state",
        /// Since when.
        pub since: Time = "since",
        /// Raised by every sign-in and sign-out; actors of an older one are refused.
        pub generation: u32 = "generation",
    }
}

/// No session's user signs in or out more often.
const GENERATION_MAX: u32 = 1 << 31;

impl Auth {
    /// Whether it can be at a time.
    pub(crate) fn is_valid(&self, now: u64) -> bool {
        self.generation <= GENERATION_MAX && self.since.0 <= now
    }
}

words! {
    /// Why a session ended.
    pub enum EndReason {
        /// Nobody was active for `idleMs`.
        Idle = "idle",
        /// It was `absoluteMs` old.
        Absolute = "absolute",
        /// Room was needed.
        Evicted = "evicted",
        /// Its user signed out.
        SignedOut = "signedOut",
        /// Somebody ended it.
        Ended = "ended",
    }
}

shape! {
    /// The end of a session.
    #[derive(Copy)]
    pub struct Ended {
        /// When.
        pub at: Time = "at",
        /// Why.
        pub reason: EndReason = "reason",
    }
}

/// So many of the newest messages are looked through for one that waits for an answer.
const UNANSWERED_MAX: usize = 256;

/// A session at a head; at version 0 it does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: Id,
    /// The tenant that it belongs to.
    pub app: Arc<str>,
    /// Whose it is.
    pub user_id: Arc<str>,
    /// Its title.
    pub title: Option<Arc<str>>,
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
    /// What the talk is about; `None` while nobody said.
    pub(crate) context: Option<Arc<Context>>,
    /// The application's data, an object.
    pub data: Free,
    /// How its user is known.
    pub auth: Auth,
    /// What it may hold and how long it lives.
    pub limits: Limits,
    /// What stands in the place of compacted messages.
    pub summary: Option<Arc<str>>,
    /// The session that it was forked from.
    pub forked_from: Option<Id>,
    /// Its end, once it ended.
    pub ended: Option<Ended>,
    pub(crate) clients: Clients,
    pub(crate) keys: Keys,
    pub(crate) streams: Streams,
}

impl Session {
    /// A session that does not exist yet.
    pub fn vacant(app: &str, id: Id) -> Self {
        Self {
            id,
            app: app.into(),
            user_id: Arc::from(""),
            title: None,
            created_at: 0,
            now: 0,
            head: Head::ZERO,
            messages: Messages::default(),
            trimmed: 0,
            context: None,
            data: Free::EMPTY,
            auth: Auth { state: AuthState::Anonymous, since: Time(0), generation: 0 },
            limits: Limits::default(),
            summary: None,
            forked_from: None,
            ended: None,
            clients: Clients::default(),
            keys: Keys::default(),
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
    pub fn message(&self, id: Id) -> Option<Message<'_>> {
        self.messages.find(id)
    }

    /// The newest user message, while nobody answers it. Any assistant's message behind it is an answer, also one that streams or was cut
    /// short, unless it failed or answers another message. What is still being said waits for nobody, and nobody answers in a session
    /// that ended.
    pub fn unanswered(&self) -> Option<Message<'_>> {
        let mut newest = self.messages.iter().rev().take(UNANSWERED_MAX);
        let asked = newest.find(|message| message.kind() == MessageType::User).filter(|asked| asked.status() != Status::Streaming)?;
        let answers = |message: &Message<'_>| {
            message.kind() == MessageType::Assistant
                && message.status() != Status::Failed
                && message.reply_to().is_none_or(|target| target == asked.id())
        };
        let mut behind = self.messages.iter().rev().take_while(|message| message.id() != asked.id());
        (self.is_active() && !behind.any(|message| answers(&message))).then_some(asked)
    }

    /// What became of the command with a one-shot id; `None` where it is new.
    ///
    /// # Errors
    /// `idempotencyMismatch` for another body under the key, `rateLimited` where no more keys are remembered.
    pub fn used(&self, id: &Once, now: u64) -> Result<Option<Used>, Rejection> {
        self.keys.find(id, now)
    }

    /// What the talk is about.
    pub fn context(&self) -> &Context {
        self.context.as_deref().unwrap_or(&context::DEFAULT)
    }

    /// Whether a message streams.
    pub fn is_streaming(&self) -> bool {
        self.streams.len() > 0
    }

    /// The epoch of a message's stream, while it streams.
    pub fn epoch(&self, message: Id) -> Option<u32> {
        self.streams.get(message).map(|stream| stream.epoch)
    }

    /// The last seq that was decided of a client; 0 of an unknown one.
    pub fn last_seq(&self, client: Id) -> u64 {
        self.clients.last_seq(client)
    }

    /// Whether a one-shot id is not new: the same request was decided, or it may not be.
    pub fn knows(&self, id: &Once, now: u64) -> bool {
        !matches!(self.keys.find(id, now.max(self.now)), Ok(None))
    }

    /// When time ends the session, and why, given its last activity.
    pub fn expiry(&self, touched_at: u64) -> Option<(u64, EndReason)> {
        let after = |from: u64, ms: Nullable<u64>, reason| ms.0.map(|ms| (from.saturating_add(ms), reason));
        let idle = after(touched_at.max(self.created_at), self.limits.idle_ms, EndReason::Idle);
        let absolute = after(self.created_at, self.limits.absolute_ms, EndReason::Absolute);
        [absolute, idle].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// When an ended session is to be erased. `None` for never, and for one that goes on.
    pub fn retained_until(&self) -> Option<u64> {
        self.ended.zip(self.limits.retain_ms.0).map(|(ended, retain_ms)| ended.at.0.saturating_add(retain_ms))
    }

    /// When time next changes the session: it expires, a stream falls silent, or it ended and is to be erased. `None` for never.
    pub fn deadline(&self, touched_at: u64) -> Option<u64> {
        if !self.is_active() {
            return self.retained_until().filter(|_| self.exists());
        }
        [self.expiry(touched_at).map(|(at, _)| at), self.streams.deadline()].into_iter().flatten().min()
    }
}

//! What a host asks of its module.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A place in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the last entry.
    pub version: u64,
    /// The chain after it.
    pub chain: [u8; 32],
}

/// The first request: what the instance is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Open<'a> {
    /// From a secure source; keeps clients from choosing where they fall in tables.
    pub seed: u64,
    /// How many sessions to keep at hand before the least recent leave.
    pub sessions_max: u32,
    /// How many bytes of memory the instance may grow to.
    pub memory_bytes_max: u64,
    /// Changes of the default limits, JSON.
    #[serde(with = "serde_bytes")]
    pub limits: &'a [u8],
    /// How many confirmed entries a session keeps at hand, to give them again to a store that went back.
    pub recent_max: u32,
}

/// What somebody is in an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Owns sessions.
    User,
    /// Answers in sessions.
    Agent,
    /// May do everything in the app.
    Operator,
}

/// Who acts, as the host authenticated them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Actor<'a> {
    /// In which role.
    pub role: Role,
    /// Their id.
    pub id: &'a str,
    /// A name to show.
    pub name: Option<&'a str>,
    /// Nobody vouches for them.
    pub anonymous: bool,
    /// The session's `auth.generation` that their token was made for, where it names one.
    pub generation: Option<u32>,
}

/// A request to the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request<'a> {
    /// Something that somebody asks for.
    #[serde(borrow)]
    Call(Call<'a>),
    /// What the store knows of a session that a reply asked to load.
    Load(Load<'a>),
    /// The session's append in flight is in the store.
    Appended {
        /// The app.
        app: &'a str,
        /// The session.
        session: [u8; 16],
    },
    /// The session's append in flight met another head.
    Conflicted(Conflicted<'a>),
    /// The session's append in flight failed, its outcome is not known, or the session was erased: what is pending is answered with a
    /// code of the table, and the session is forgotten until it is asked for again.
    Dropped {
        /// The app.
        app: &'a str,
        /// The session.
        session: [u8; 16],
        /// The permanent code.
        code: &'a str,
    },
    /// Deal with what is due.
    Tick {
        /// The host's clock, milliseconds since 1970.
        now: u64,
        /// How many sessions at most.
        limit: u32,
    },
    /// The store's index says that a session's deadline has come. Either it is dealt with, or the store is told the true one; a session
    /// that is not at hand answers to load it (ticket 0).
    Due {
        /// The host's clock, milliseconds since 1970.
        now: u64,
        /// The app.
        app: &'a str,
        /// The session.
        session: [u8; 16],
    },
    /// It is not known whether the session's append in flight is in the store: the identical append is given again.
    Unknown {
        /// The app.
        app: &'a str,
        /// The session.
        session: [u8; 16],
    },
    /// The store's head of a session, read to see whether the store went back. Where it did, the answer holds the entries that it lost,
    /// as an append or as a loss.
    Head {
        /// The app.
        app: &'a str,
        /// The session.
        session: [u8; 16],
        /// The store's head.
        head: Head,
    },
    /// A link is gone: nobody is present by it any more.
    Unlinked {
        /// The app.
        app: &'a str,
        /// The session.
        session: [u8; 16],
        /// The link.
        link: u64,
    },
    /// Counters.
    Stats,
    /// The counters of several instances (JSON, as `Stats` gives them) as one.
    Merge(Vec<&'a serde_bytes::Bytes>),
}

/// Something that somebody asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call<'a> {
    /// Names whom the reply is for.
    pub ticket: u64,
    /// The host's clock, milliseconds since 1970.
    pub now: u64,
    /// The app.
    pub app: &'a str,
    /// The session.
    pub session: [u8; 16],
    /// Who asks.
    pub actor: Actor<'a>,
    /// From a secure source.
    pub entropy: [u8; 16],
    /// The host looked into the store: the session is not there.
    pub absent: bool,
    /// Only at this version (`If-Match`), or only at another (`If-None-Match` of a read).
    pub condition: Option<u64>,
    /// The `Idempotency-Key`, as it was sent.
    pub key: Option<&'a str>,
    /// What they ask for.
    #[serde(borrow)]
    pub op: Op<'a>,
    /// The body as it came: JSON.
    #[serde(with = "serde_bytes")]
    pub body: &'a [u8],
}

/// What somebody asks for. Ids of messages are text as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op<'a> {
    /// Creates the session.
    Create,
    /// Reads it, with its newest `messages` (all without).
    Read {
        /// How many messages.
        messages: Option<u32>,
    },
    /// Title, data and limits.
    Update,
    /// Ends it.
    End,
    /// Whether it may be erased; the host then does so.
    Erase,
    /// Appends a message.
    AppendMessage,
    /// A page of messages, newest first.
    ListMessages {
        /// Those before this message.
        before: Option<&'a str>,
        /// How many.
        limit: u32,
    },
    /// One message.
    ReadMessage(&'a str),
    /// Adds text.
    AppendDelta(&'a str),
    /// Completes a stream.
    Complete(&'a str),
    /// Stops a stream.
    Stop(&'a str),
    /// Cuts a message to what was heard.
    Interrupt(&'a str),
    /// Rewrites the tail of a stream's part.
    Revise(&'a str),
    /// Takes a stream over from its producer.
    TakeOver(&'a str),
    /// Patches a message's metadata.
    PatchMessage(&'a str),
    /// Removes a message.
    RemoveMessage(&'a str),
    /// Takes back everything after a message.
    Rewind,
    /// Puts a summary in the place of the oldest messages.
    Compact,
    /// Gives an anonymous session to a user.
    SignIn,
    /// Makes the tokens of a session's user void.
    SignOut,
    /// What another session is to begin with; the answer's body goes into [`Op::Restore`] for that session.
    Fork,
    /// Creates the session from the body that [`Op::Fork`] or [`Op::Export`] gave.
    Restore,
    /// The session as one line of an export.
    Export,
    /// Whether the private value under a key may be read; the host then does so.
    ReadPrivate(&'a str),
    /// Whether the private value under a key may be set; the answer's body is the value to keep.
    SetPrivate(&'a str),
    /// Whether the private value under a key may be removed; the host then does so.
    RemovePrivate(&'a str),
    /// Somebody is present by a link and doing something; the answer's body is a frame for all links of the session.
    Presence {
        /// The link.
        link: u64,
    },
    /// Fails a stream.
    Fail(&'a str),
    /// Several lines of a stream at once (`application/x-ndjson`).
    StreamLines(&'a str),
    /// The active project.
    SetProject,
    /// Records an issue under its id.
    RecordIssue(&'a str),
    /// Removes an issue.
    RemoveIssue(&'a str),
    /// Preferences.
    SetPreferences,
    /// Several commands as one.
    Commands,
    /// A `submit` frame; its replies are frames for the link that the ticket names.
    Submit,
    /// The state for a link that subscribes, from a head that it has.
    Subscribe {
        /// What it has.
        since: Option<Head>,
    },
}

/// A session's state at a head.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot<'a> {
    /// The head.
    pub head: Head,
    /// The state.
    #[serde(with = "serde_bytes")]
    pub bytes: &'a [u8],
}

/// What the store knows of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load<'a> {
    /// The app.
    pub app: &'a str,
    /// The session.
    pub session: [u8; 16],
    /// The newest snapshot.
    #[serde(borrow)]
    pub snapshot: Option<Snapshot<'a>>,
    /// The entries after it, as they are stored.
    #[serde(borrow)]
    pub entries: Vec<&'a serde_bytes::Bytes>,
    /// The head that they must make.
    pub head: Head,
    /// The last activity.
    pub touched_ms: u64,
}

/// What an append in flight missed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conflicted<'a> {
    /// What the store knows: entries after the expected head; or, with a snapshot or from the first entry, all of it.
    #[serde(borrow)]
    pub load: Load<'a>,
    /// Whether the entries continue the head that the append expected.
    pub continues: bool,
}

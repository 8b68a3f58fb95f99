//! What a host asks of its module.

use alloc::vec::Vec;

use crate::wire::envelope;

envelope! {
    /// A place in a log.
    #[derive(Copy)]
    pub struct Head {
        /// The version of the last entry.
        pub version: u64,
        /// The chain after it.
        pub chain: [u8; 32],
    }
}

envelope! {
    /// The first request: what the instance is to be.
    pub struct Open<'a> {
        /// From a secure source; keeps clients from choosing where they fall in tables.
        pub seed: u64,
        /// How many sessions to keep at hand before the least recent leave.
        pub sessions_max: u32,
        /// How many bytes of memory the instance may grow to.
        pub memory_bytes_max: u64,
        /// Changes of the default limits, JSON.
        pub limits: &'a [u8],
        /// How many confirmed entries a session keeps at hand, to give them again to a store that went back.
        pub recent_max: u32,
    }
}

envelope! {
    /// What somebody is in an app.
    #[derive(Copy)]
    pub enum Role {
        /// Owns sessions.
        User = 0,
        /// Answers in sessions.
        Agent = 1,
        /// May do everything in the app.
        Operator = 2,
    }
}

envelope! {
    /// Who acts, as the host authenticated them.
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
}

envelope! {
    /// A request to the module.
    pub enum Request<'a> {
        /// Something that somebody asks for.
        Call(call: Call<'a>) = 0,
        /// What the store knows of a session that a reply asked to load.
        Load(load: Load<'a>) = 1,
        /// The session's append in flight is in the store.
        Appended {
            /// The app.
            app: &'a str,
            /// The session.
            session: [u8; 16],
        } = 2,
        /// The session's append in flight met another head.
        Conflicted(conflicted: Conflicted<'a>) = 3,
        /// The session's append in flight failed, its outcome is not known, or the session was erased: what is pending is answered with
        /// a code of the table, and the session is forgotten until it is asked for again.
        Dropped {
            /// The app.
            app: &'a str,
            /// The session.
            session: [u8; 16],
            /// The permanent code.
            code: &'a str,
        } = 4,
        /// Deal with what is due.
        Tick {
            /// The host's clock, milliseconds since 1970.
            now: u64,
            /// How many sessions at most.
            limit: u32,
        } = 5,
        /// The store's index says that a session's deadline has come. Either it is dealt with, or the store is told the true one; a
        /// session that is not at hand answers to load it (ticket 0).
        Due {
            /// The host's clock, milliseconds since 1970.
            now: u64,
            /// The app.
            app: &'a str,
            /// The session.
            session: [u8; 16],
        } = 6,
        /// It is not known whether the session's append in flight is in the store: the identical append is given again.
        Unknown {
            /// The app.
            app: &'a str,
            /// The session.
            session: [u8; 16],
        } = 7,
        /// The store's head of a session, read to see whether the store went back. Where it did, the answer holds the entries that it
        /// lost, as an append. Otherwise, where the store has something else, the answer asks to load it (ticket 0; the body is the head
        /// that is confirmed here, encoded, or empty for a session that is not at hand), and what the store knows is told by `Conflicted`.
        Head {
            /// The app.
            app: &'a str,
            /// The session.
            session: [u8; 16],
            /// The store's head.
            head: Head,
        } = 8,
        /// A link is gone: nobody is present by it any more. The answer (ticket 0) is the frame for those who are left; a link that never
        /// was there has it written as it is.
        Unlinked {
            /// The host's clock, milliseconds since 1970.
            now: u64,
            /// The app.
            app: &'a str,
            /// The session.
            session: [u8; 16],
            /// The link.
            link: u64,
        } = 9,
        /// Counters.
        Stats = 10,
        /// The counters of several instances (JSON, as `Stats` gives them) as one.
        Merge(counters: Vec<&'a [u8]>) = 11,
        /// Sessions that nobody used for a while may leave the memory: the store has them. Those that something is pending of, that
        /// somebody is present in or that stream stay.
        Rest {
            /// The host's clock, milliseconds since 1970.
            now: u64,
            /// How long nobody used them, in milliseconds.
            idle_ms: u64,
            /// How many sessions are looked at, at most.
            limit: u32,
        } = 12,
        /// What an instance counted (JSON, as `Stats` gives it) in whose place this one is.
        Adopt(counters: &'a [u8]) = 13,
        /// Counters, as `Stats` gives them; from here on they begin anew.
        Take = 14,
    }
}

envelope! {
    /// Something that somebody asks for.
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
        pub op: Op<'a>,
        /// The body as it came: JSON.
        pub body: &'a [u8],
    }
}

envelope! {
    /// What somebody asks for. Ids of messages are text as it came.
    #[derive(Copy)]
    pub enum Op<'a> {
        /// Creates the session.
        Create = 0,
        /// Reads it, with its newest `messages` (all without).
        Read {
            /// How many messages.
            messages: Option<u32>,
        } = 1,
        /// Title, data and limits.
        Update = 2,
        /// Ends it.
        End = 3,
        /// Whether it may be erased; the host then does so. The answer's body says whose it is: a JSON string.
        Erase = 4,
        /// Appends a message.
        AppendMessage = 5,
        /// A page of messages, newest first.
        ListMessages {
            /// Those before this message.
            before: Option<&'a str>,
            /// How many.
            limit: u32,
        } = 6,
        /// One message.
        ReadMessage(id: &'a str) = 7,
        /// Adds text.
        AppendDelta(id: &'a str) = 8,
        /// Completes a stream.
        Complete(id: &'a str) = 9,
        /// Stops a stream.
        Stop(id: &'a str) = 10,
        /// Cuts a message to what was heard.
        Interrupt(id: &'a str) = 11,
        /// Rewrites the tail of a stream's part.
        Revise(id: &'a str) = 12,
        /// Takes a stream over from its producer.
        TakeOver(id: &'a str) = 13,
        /// Patches a message's metadata.
        PatchMessage(id: &'a str) = 14,
        /// Removes a message.
        RemoveMessage(id: &'a str) = 15,
        /// Takes back everything after a message.
        Rewind = 16,
        /// Puts a summary in the place of the oldest messages.
        Compact = 17,
        /// Gives an anonymous session to a user.
        SignIn = 18,
        /// Makes the tokens of a session's user void.
        SignOut = 19,
        /// What another session is to begin with; the answer's body goes into [`Op::Restore`] for that session.
        Fork = 20,
        /// Creates the session from the body that [`Op::Fork`] or [`Op::Export`] gave.
        Restore = 21,
        /// The session as one line of an export.
        Export = 22,
        /// Whether the private value under a key may be read; the host then does so.
        ReadPrivate(key: &'a str) = 23,
        /// Whether the private value under a key may be set; the answer's body is the value to keep.
        SetPrivate(key: &'a str) = 24,
        /// Whether the private value under a key may be removed; the host then does so.
        RemovePrivate(key: &'a str) = 25,
        /// Somebody is present by a link and doing something; the answer's body is a frame for all links of the session.
        Presence {
            /// The link.
            link: u64,
        } = 26,
        /// Fails a stream.
        Fail(id: &'a str) = 27,
        /// Several lines of a stream at once (`application/x-ndjson`).
        StreamLines(id: &'a str) = 28,
        /// The active project.
        SetProject = 29,
        /// Records an issue under its id.
        RecordIssue(id: &'a str) = 30,
        /// Removes an issue.
        RemoveIssue(id: &'a str) = 31,
        /// Preferences.
        SetPreferences = 32,
        /// Several commands as one.
        Commands = 33,
        /// A `submit` frame; its replies are frames for the link that the ticket names.
        Submit = 34,
        /// The state for a link that subscribes, from a head that it has.
        Subscribe {
            /// What it has.
            since: Option<Head>,
        } = 35,
        /// Answers once all that is pending in the session now is in the store. It tells nothing, and so needs no rights.
        Settle = 36,
        /// Whether whoever sent the lines of the body, at last an `epoch`, may still write the stream of a message.
        CheckStream(id: &'a str) = 37,
    }
}

envelope! {
    /// A session's state at a head.
    pub struct Snapshot<'a> {
        /// The head.
        pub head: Head,
        /// The state.
        pub bytes: &'a [u8],
    }
}

envelope! {
    /// What the store knows of a session.
    pub struct Load<'a> {
        /// The app.
        pub app: &'a str,
        /// The session.
        pub session: [u8; 16],
        /// The newest snapshot.
        pub snapshot: Option<Snapshot<'a>>,
        /// The entries after it, as they are stored.
        pub entries: Vec<&'a [u8]>,
        /// The head that they must make.
        pub head: Head,
        /// The last activity.
        pub touched_ms: u64,
    }
}

envelope! {
    /// What an append in flight missed.
    pub struct Conflicted<'a> {
        /// What the store knows: entries after the expected head; or, with a snapshot or from the first entry, all of it.
        pub load: Load<'a>,
        /// Whether the entries continue the head that the append expected.
        pub continues: bool,
        /// Nobody knows what became of an earlier try, and the store does not say: it went back behind the head that was expected, or what
        /// followed that is gone. Such a try may come yet, where somebody gives the store its tail again. Never where they continue.
        pub in_doubt: bool,
    }
}

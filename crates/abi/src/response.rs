//! What a module answers: replies that may leave, and effects that the host is to carry out.

use alloc::vec::Vec;

use crate::Head;
use crate::wire::{Error, Input, Wire, envelope, put_len};

envelope! {
    /// What the module is; the answer to [`Open`](crate::Open).
    pub struct Manifest<'a> {
        /// The schema that it writes.
        pub schema: u32,
        /// The default limits in force, JSON.
        pub limits: &'a [u8],
        /// The table of errors, so that a host says no in the same words.
        pub codes: Vec<Code<'a>>,
    }
}

envelope! {
    /// One row of the table of errors.
    #[derive(Copy)]
    pub struct Code<'a> {
        /// The permanent code.
        pub code: &'a str,
        /// The HTTP status.
        pub status: u16,
        /// Whether trying again may help.
        pub retryable: bool,
        /// One sentence.
        pub title: &'a str,
    }
}

/// The answer to a [`Request`](crate::Request).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response<'a> {
    /// Replies that may leave now.
    pub replies: Vec<Reply<'a>>,
    /// Appends to carry out, at most one a session. Until it is told how one ended, the module gives none for that session.
    pub appends: Vec<Append<'a>>,
    /// Snapshots to keep.
    pub snapshots: Vec<Kept<'a>>,
    /// Activity to note.
    pub touches: Vec<Touch<'a>>,
    /// Ended sessions whose time of retention is over, to erase.
    pub erasures: Vec<Erasure<'a>>,
    /// Sessions that left the memory.
    pub rests: Vec<Rested<'a>>,
    /// Confirmed entries that a store lost and that cannot be given to it again: to keep aside and to log loudly.
    pub losses: Vec<Loss<'a>>,
    /// When to send a tick at the latest.
    pub wake_at: Option<u64>,
    /// What was asked could not be done: the store's history is not one. Says why.
    pub damaged: Option<&'a str>,
    /// Counters, where they were asked for.
    pub stats: Option<Stats<'a>>,
}

envelope! {
    /// The end of a response: no effect follows, and how the module stands does. See [`Response`] for the fields.
    #[derive(Copy)]
    pub struct End<'a> {
        /// When to send a tick at the latest.
        pub wake_at: Option<u64>,
        /// What was asked could not be done.
        pub damaged: Option<&'a str>,
        /// Counters, where they were asked for.
        pub stats: Option<Stats<'a>>,
    }
}

/// What a response is made of.
pub trait Effect<'a>: Wire<'a> {
    /// The byte that says what it is.
    const TAG: u8;

    /// Puts it into a response that is being written.
    fn put_effect(&self, out: &mut Vec<u8>) {
        out.push(Self::TAG);
        self.put(out);
    }
}

macro_rules! effects {
    ($($Name:ident = $tag:literal),* $(,)?) => {
        $(impl<'a> Effect<'a> for $Name<'a> {
            const TAG: u8 = $tag;
        })*
    };
}
effects!(End = 0, Reply = 1, Append = 2, Kept = 3, Touch = 4, Erasure = 5, Loss = 6, Rested = 7);

impl<'a> Wire<'a> for Response<'a> {
    const BYTES_MIN: usize = 1 + <End<'_> as Wire<'_>>::BYTES_MIN;

    fn put(&self, out: &mut Vec<u8>) {
        self.replies.iter().for_each(|reply| reply.put_effect(out));
        self.appends.iter().for_each(|append| append.put_effect(out));
        self.snapshots.iter().for_each(|kept| kept.put_effect(out));
        self.touches.iter().for_each(|touch| touch.put_effect(out));
        self.erasures.iter().for_each(|erasure| erasure.put_effect(out));
        self.rests.iter().for_each(|rested| rested.put_effect(out));
        self.losses.iter().for_each(|loss| loss.put_effect(out));
        End { wake_at: self.wake_at, damaged: self.damaged, stats: self.stats }.put_effect(out);
    }

    fn take(input: &mut Input<'a>) -> Result<Self, Error> {
        let mut response = Self::default();
        loop {
            match u8::take(input)? {
                Reply::TAG => response.replies.push(Reply::take(input)?),
                Append::TAG => response.appends.push(Append::take(input)?),
                Kept::TAG => response.snapshots.push(Kept::take(input)?),
                Touch::TAG => response.touches.push(Touch::take(input)?),
                Erasure::TAG => response.erasures.push(Erasure::take(input)?),
                Rested::TAG => response.rests.push(Rested::take(input)?),
                Loss::TAG => response.losses.push(Loss::take(input)?),
                End::TAG => break,
                _ => return Err(Error),
            }
        }
        let End { wake_at, damaged, stats } = End::take(input)?;
        Ok(Self { wake_at, damaged, stats, ..response })
    }
}

impl Reply<'_> {
    /// How many bytes of a response stand before the body of a reply.
    pub const ROOM_BYTES: usize = 1 + <Self as Wire<'_>>::BYTES_MIN;

    /// Puts the reply before a body that was written in its place already, behind [`Self::ROOM_BYTES`] bytes of room; the reply's own
    /// body does not count. So a long text is written once.
    ///
    /// # Panics
    /// If there is no room.
    pub fn put_before(&self, answer: &mut [u8]) {
        let (room, body) = answer.split_at_mut(Self::ROOM_BYTES);
        let mut before = Vec::with_capacity(Self::ROOM_BYTES);
        Reply { body: &[], ..*self }.put_effect(&mut before);
        before.truncate(Self::ROOM_BYTES - <&[u8] as Wire<'_>>::BYTES_MIN);
        put_len(body.len(), &mut before);
        room.copy_from_slice(&before);
    }
}

envelope! {
    /// Counters of an instance.
    #[derive(Copy, Default)]
    pub struct Stats<'a> {
        /// Sessions at hand.
        pub sessions: u64,
        /// Bytes in use.
        pub memory_bytes: u64,
        /// What happened since the instance was opened or was last asked to take them, JSON: sessions created and ended by reason, messages by type, durations, users ...
        pub counters: &'a [u8],
    }
}

envelope! {
    /// A session to erase.
    #[derive(Copy)]
    pub struct Erasure<'a> {
        /// The app.
        pub app: &'a str,
        /// The session.
        pub session: [u8; 16],
        /// Whose it is.
        pub user: &'a str,
    }
}

envelope! {
    /// A session that left the memory: nobody needs it until it is asked for again.
    #[derive(Copy)]
    pub struct Rested<'a> {
        /// The app.
        pub app: &'a str,
        /// The session.
        pub session: [u8; 16],
    }
}

envelope! {
    /// What a store lost of a session's log.
    pub struct Loss<'a> {
        /// The app.
        pub app: &'a str,
        /// The session.
        pub session: [u8; 16],
        /// The entries, oldest first.
        pub entries: Vec<Entry<'a>>,
    }
}

envelope! {
    /// What a reply is.
    #[derive(Copy)]
    pub enum ReplyKind {
        /// It may go to whom the ticket names.
        Answer = 0,
        /// Load the session from the store, then ask again.
        Load = 1,
        /// Ask again once the session's append in flight was settled.
        Again = 2,
    }
}

envelope! {
    /// A reply, ready to send.
    pub struct Reply<'a> {
        /// Whom it is for.
        pub ticket: u64,
        /// What it is.
        pub kind: ReplyKind,
        /// The HTTP status. A subscription: 200 with a snapshot frame, 204 for one that is up to date, 206 for one that lacks entries.
        pub status: u16,
        /// The version that it speaks of; 0 for none. Of presence: when somebody's typing lapses, milliseconds since 1970; 0 for never.
        pub version: u64,
        /// JSON, or a frame; may be empty.
        pub body: &'a [u8],
    }
}

envelope! {
    /// An entry as it is to be stored and sent.
    pub struct Entry<'a> {
        /// The head that it makes.
        pub head: Head,
        /// Its bytes.
        pub bytes: &'a [u8],
    }
}

envelope! {
    /// A compare-and-swap to carry out, and the replies that may leave once it is done.
    pub struct Append<'a> {
        /// The app.
        pub app: &'a str,
        /// The session.
        pub session: [u8; 16],
        /// The head that the entries were decided on.
        pub expected: Head,
        /// The entries.
        pub entries: Vec<Entry<'a>>,
        /// Replies that wait for it.
        pub replies: Vec<Reply<'a>>,
        /// Whose session it is.
        pub user: &'a str,
        /// What lists show, JSON.
        pub summary: &'a [u8],
        /// The last activity.
        pub active_ms: u64,
        /// When the session next needs attention.
        pub deadline_ms: Option<u64>,
        /// The newest user message, while nobody answers it.
        pub unanswered: Option<Unanswered>,
        /// What changed with these entries that others than the session's links are to know.
        pub news: News<'a>,
    }
}

envelope! {
    /// The newest user message of a session that nobody answers.
    #[derive(Copy)]
    pub struct Unanswered {
        /// The message.
        pub message: [u8; 16],
        /// When it was said, milliseconds since 1970.
        pub at_ms: u64,
    }
}

envelope! {
    /// What an append changes beside the log.
    #[derive(Copy, Default)]
    pub struct News<'a> {
        /// The session ended, for this reason.
        pub ended: Option<&'a str>,
        /// `unanswered` is another than before.
        pub turned: bool,
        /// Whose session it was before; now it is somebody else's.
        pub former: Option<&'a str>,
        /// Somebody signed in or out: whoever follows the session is to be looked at anew.
        pub signed: bool,
    }
}

envelope! {
    /// A snapshot to keep.
    pub struct Kept<'a> {
        /// The app.
        pub app: &'a str,
        /// The session.
        pub session: [u8; 16],
        /// Where it stands.
        pub head: Head,
        /// The state.
        pub bytes: &'a [u8],
    }
}

envelope! {
    /// Activity to note.
    #[derive(Copy)]
    pub struct Touch<'a> {
        /// The app.
        pub app: &'a str,
        /// The session.
        pub session: [u8; 16],
        /// When.
        pub active_ms: u64,
        /// The deadline that follows.
        pub deadline_ms: Option<u64>,
        /// The newest user message, while nobody answers it: for a store that does not know yet.
        pub unanswered: Option<Unanswered>,
    }
}

//! What waits for a pending command: the reply to whoever sent it, and the refusals that were decided on top of it.

use alloc::vec::Vec;

use colloq_core::{Id, Rejection};

/// What a reply shows once its command is durable.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// The session, as created or as changed.
    Session,
    /// The session's context.
    Context,
    /// A message.
    Message(Id),
    /// Where the next delta of a message's part begins.
    Offset(Id, Option<alloc::boxed::Box<str>>),
    /// Who produces a stream, and where they go on.
    Producer(Id),
    /// Only the version.
    Version,
    /// No body at all.
    Nothing,
    /// Nothing but a frame where it was rejected: a link sees the entry itself.
    Frame,
}

/// A reply that is ready but for the append that it waits for.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) ticket: u64,
    pub(crate) status: u16,
    pub(crate) version: u64,
    pub(crate) body: Vec<u8>,
}

/// Who sent a command, what they are to see, and with which status.
pub(crate) type Origin = (u64, Shape, u16);

/// What waits for one pending command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note {
    /// Who sent it, what they are to see, and with which status.
    pub(crate) origin: Option<Origin>,
    /// Their reply, as long as the decision stands that it was made from.
    pub(crate) ready: Option<Ready>,
    /// Answers without an entry of their own that were decided on top of it.
    pub(crate) followers: Vec<Follower>,
}

/// Of a page's own command: its number, and how often it was sent.
impl Note {
    /// The note of a command that the page numbered.
    pub(crate) fn of_page(number: u32) -> Self {
        Self { origin: Some((u64::from(number), Shape::Nothing, 0)), ..Self::default() }
    }

    /// The number that the page gave it.
    pub(crate) fn number(&self) -> u32 {
        self.origin.as_ref().map_or(0, |(number, ..)| *number as u32)
    }

    /// How often it was sent, as far as that matters: not at all, once, or more.
    pub(crate) fn times_sent(&self) -> u16 {
        self.origin.as_ref().map_or(0, |(_, _, times)| *times)
    }

    /// It is sent so often now.
    pub(crate) fn set_times_sent(&mut self, times: u16) {
        if let Some((_, _, sent)) = &mut self.origin {
            *sent = times;
        }
    }
}

/// An answer that has no entry but may not leave before those that it rests on.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    pub(crate) ready: Ready,
    /// It is a frame for a link; otherwise somebody waits for it and can be told to ask again.
    pub(crate) is_frame: bool,
    /// It was handed out with the append in flight, and leaves with that.
    pub(crate) handed_out: bool,
}

impl Ready {
    /// A problem document.
    pub(crate) fn problem(ticket: u64, rejection: &Rejection) -> Self {
        Self { ticket, status: rejection.code.status(), version: 0, body: rejection.to_problem().into_bytes() }
    }
}

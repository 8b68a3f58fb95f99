//! The streams that are open in a session: who produces them, and until when they may stay silent.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::stamp::{Actor, Role};

/// The most messages that stream at once in a session.
pub(crate) const STREAMS_MAX: usize = 8;
/// A stream without a delta for this long is dead.
pub(crate) const SILENCE_MS: u64 = 60_000;

/// One open stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stream {
    pub(crate) message: Id,
    pub(crate) role: Role,
    pub(crate) producer: Box<str>,
    /// When it counts as dead, in milliseconds since 1970.
    pub(crate) deadline: u64,
}

/// The open streams, in the order they began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Streams(Vec<Stream>);

impl Streams {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn open(&mut self, message: Id, producer: &Actor, now: u64) {
        self.0.push(Stream { message, role: producer.role, producer: producer.id.clone(), deadline: now.saturating_add(SILENCE_MS) });
    }

    pub(crate) fn renew(&mut self, message: Id, now: u64) {
        self.0.iter_mut().filter(|stream| stream.message == message).for_each(|stream| stream.deadline = now.saturating_add(SILENCE_MS));
    }

    pub(crate) fn close(&mut self, message: Id) {
        self.0.retain(|stream| stream.message != message);
    }

    /// Whether somebody may write to a stream: its producer, or an operator.
    pub(crate) fn is_producer(&self, message: Id, actor: &Actor) -> bool {
        self.0.iter().any(|stream| stream.message == message && stream.role == actor.role && stream.producer == actor.id)
    }

    /// Those that are dead at a time.
    pub(crate) fn dead(&self, now: u64) -> impl Iterator<Item = Id> + '_ {
        self.0.iter().filter(move |stream| stream.deadline <= now).map(|stream| stream.message)
    }

    /// The messages that stream.
    pub(crate) fn open_messages(&self) -> impl Iterator<Item = Id> + '_ {
        self.0.iter().map(|stream| stream.message)
    }

    /// When the first of them would be dead.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.0.iter().map(|stream| stream.deadline).min()
    }
}

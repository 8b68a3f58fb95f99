//! The streams that are open in a session: who produces them, in which epoch, and until when they may stay silent.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::Id;
use crate::json::{Json, JsonError, Reader};
use crate::stamp::{Actor, Role};

/// The most messages that stream at once in a session.
pub(crate) const STREAMS_MAX: usize = 8;
/// A stream without a delta for this long is dead.
pub(crate) const SILENCE_MS: u64 = 60_000;
/// The epoch of whoever began a stream. Each that takes it over raises it by one.
pub(crate) const FIRST_EPOCH: u32 = 1;
/// No stream is taken over more often.
const EPOCH_MAX: u32 = 1 << 31;

/// One open stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) message: Id,
    pub(crate) role: Role,
    pub(crate) producer: Arc<str>,
    pub(crate) epoch: u32,
    /// When it counts as dead, in milliseconds since 1970.
    pub(crate) deadline: u64,
}

crate::json!(Stream: strict {
    message: Id = "message",
    role: Role = "role",
    producer: Arc<str> = "producer",
    epoch: u32 = "epoch",
    deadline: u64 = "deadline",
});

/// The open streams, in the order they began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Streams(Vec<Stream>);

impl Json for Streams {
    fn blank() -> Self {
        Self::default()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        Vec::read(reader).map(Self)
    }

    fn write(&self, out: &mut String) {
        self.0.write(out);
    }
}

impl Streams {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, message: Id) -> Option<&Stream> {
        self.0.iter().find(|stream| stream.message == message)
    }

    pub(crate) fn open(&mut self, message: Id, producer: &Actor, now: u64) {
        let (role, producer) = (producer.role, producer.id.clone());
        self.0.push(Stream { message, role, producer, epoch: FIRST_EPOCH, deadline: now.saturating_add(SILENCE_MS) });
    }

    pub(crate) fn renew(&mut self, message: Id, now: u64) {
        self.0.iter_mut().filter(|stream| stream.message == message).for_each(|stream| stream.deadline = now.saturating_add(SILENCE_MS));
    }

    /// Somebody goes on with a stream in a new epoch.
    pub(crate) fn take_over(&mut self, message: Id, producer: &Actor, epoch: u32, now: u64) {
        for stream in self.0.iter_mut().filter(|stream| stream.message == message) {
            let (role, producer) = (producer.role, producer.id.clone());
            *stream = Stream { message, role, producer, epoch, deadline: now.saturating_add(SILENCE_MS) };
        }
    }

    pub(crate) fn close(&mut self, message: Id) {
        self.0.retain(|stream| stream.message != message);
    }

    /// Keeps only the streams of messages that are still there.
    pub(crate) fn retain(&mut self, is_there: impl Fn(Id) -> bool) {
        self.0.retain(|stream| is_there(stream.message));
    }

    /// Those that are dead at a time.
    pub(crate) fn dead(&self, now: u64) -> impl Iterator<Item = Id> + '_ {
        self.0.iter().filter(move |stream| stream.deadline <= now).map(|stream| stream.message)
    }

    /// The messages that stream.
    pub(crate) fn open_messages(&self) -> impl Iterator<Item = Id> + '_ {
        self.0.iter().map(|stream| stream.message)
    }

    /// Whether they can be at a time.
    pub(crate) fn is_valid(&self, now: u64) -> bool {
        let is_valid =
            |stream: &Stream| (FIRST_EPOCH..=EPOCH_MAX).contains(&stream.epoch) && stream.deadline <= now.saturating_add(SILENCE_MS);
        self.0.iter().all(is_valid)
    }

    /// When the first of them would be dead.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.0.iter().map(|stream| stream.deadline).min()
    }
}

//! What a shard tells the gauges of its appends, and how busy it is. It only looks.

use colloq_store::{Append, AppendError};

use super::{InFlight, Shard, is_link};

/// How busy a shard is at a moment.
pub(in crate::engine) struct Busy {
    /// Sessions that links follow.
    pub(in crate::engine) followed: u64,
    /// Appends on their way to the store.
    pub(in crate::engine) in_flight: u64,
    /// Requests whose answers wait for them.
    pub(in crate::engine) waiting: u64,
}

impl Shard {
    /// How busy it is.
    pub(in crate::engine) fn busy(&self) -> Busy {
        let inner = self.inner.lock();
        Busy { followed: inner.links.len() as u64, in_flight: inner.in_flight.len() as u64, waiting: inner.waiting.len() as u64 }
    }

    /// Notes what became of an append.
    pub(super) fn observe(&self, append: &Append, result: &Result<(), AppendError>, in_flight: &InFlight) {
        let took = in_flight.begun.elapsed();
        let outcome = match result {
            Ok(()) => {
                self.health.note_room();
                self.gauges.note_news(append.expected.version == 0, in_flight.news.ended.as_deref());
                if in_flight.replies.iter().any(|reply| is_link(reply.ticket)) {
                    self.gauges.note_command_time("submit", took);
                }
                "ok"
            }
            Err(AppendError::Conflict(_)) => "conflict",
            Err(AppendError::Erased) => "erased",
            Err(AppendError::Store(error) | AppendError::Unknown(error)) => {
                self.gauges.note_store_failure(self.health.note_failure(error, self.outside.now_ms()));
                "failed"
            }
            Err(_) => "failed",
        };
        self.gauges.note_append(outcome, append.records.len(), took);
    }
}

//! The limits of a session: how long it lives and how much it holds. They may be lowered by its user and raised by an operator.

use crate::json::{INTEGER_MAX, Nullable, shape};

/// What no limit exceeds, not even an operator's.
const MESSAGES_HARD_MAX: u32 = 100_000;
const CONTENT_HARD_MAX: u32 = 64 << 20;
/// The shortest time that a session may have to live, in milliseconds.
const SPAN_MIN_MS: u64 = 1;

shape! {
    /// What a session may hold and how long it lives. Times in milliseconds; null for without end.
    #[derive(Copy)]
    pub struct Limits {
        /// It ends this long after the last activity.
        pub idle_ms: Nullable<u64> = "idleMs",
        /// It ends this long after it was created.
        pub absolute_ms: Nullable<u64> = "absoluteMs",
        /// Once ended it stays readable this long, and is erased then.
        pub retain_ms: Nullable<u64> = "retainMs",
        /// The most messages in the live session; the oldest leave.
        pub max_messages: u32 = "maxMessages",
        /// The most bytes of content in the live session; one message at most a quarter of it.
        pub max_content_bytes: u32 = "maxContentBytes",
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle_ms: Nullable(Some(30 * 60_000)),
            absolute_ms: Nullable(Some(24 * 3_600_000)),
            retain_ms: Nullable(Some(30 * 24 * 3_600_000)),
            max_messages: 500,
            max_content_bytes: 1 << 20,
        }
    }
}

shape! {
    /// A change of limits: what is absent stays, null lifts a time.
    #[derive(Copy, Default)]
    pub struct LimitsPatch: strict {
        /// See [`Limits::idle_ms`].
        pub idle_ms: Option<Nullable<u64>> = "idleMs",
        /// See [`Limits::absolute_ms`].
        pub absolute_ms: Option<Nullable<u64>> = "absoluteMs",
        /// See [`Limits::retain_ms`].
        pub retain_ms: Option<Nullable<u64>> = "retainMs",
        /// See [`Limits::max_messages`].
        pub max_messages: Option<u32> = "maxMessages",
        /// See [`Limits::max_content_bytes`].
        pub max_content_bytes: Option<u32> = "maxContentBytes",
    }
}

impl Limits {
    /// The limits after a change.
    #[must_use]
    pub fn patched(&self, patch: &LimitsPatch) -> Self {
        Self {
            idle_ms: patch.idle_ms.unwrap_or(self.idle_ms),
            absolute_ms: patch.absolute_ms.unwrap_or(self.absolute_ms),
            retain_ms: patch.retain_ms.unwrap_or(self.retain_ms),
            max_messages: patch.max_messages.unwrap_or(self.max_messages),
            max_content_bytes: patch.max_content_bytes.unwrap_or(self.max_content_bytes),
        }
    }

    /// The first limit that is out of its range, by its key.
    pub(crate) fn first_invalid(&self) -> Option<&'static str> {
        let is_span = |span: Nullable<u64>, min: u64| span.0.is_none_or(|ms| (min..=INTEGER_MAX).contains(&ms));
        let checks = [
            ("idleMs", is_span(self.idle_ms, SPAN_MIN_MS)),
            ("absoluteMs", is_span(self.absolute_ms, SPAN_MIN_MS)),
            ("retainMs", is_span(self.retain_ms, 0)),
            ("maxMessages", (1..=MESSAGES_HARD_MAX).contains(&self.max_messages)),
            ("maxContentBytes", (1024..=CONTENT_HARD_MAX).contains(&self.max_content_bytes)),
        ];
        checks.iter().find(|(_, is_valid)| !is_valid).map(|(key, _)| *key)
    }

    /// Whether nothing in it is larger than in `other`.
    pub fn within(&self, other: &Self) -> bool {
        let shorter = |mine: Nullable<u64>, theirs: Nullable<u64>| mine.0.unwrap_or(u64::MAX) <= theirs.0.unwrap_or(u64::MAX);
        shorter(self.idle_ms, other.idle_ms)
            && shorter(self.absolute_ms, other.absolute_ms)
            && shorter(self.retain_ms, other.retain_ms)
            && self.max_messages <= other.max_messages
            && self.max_content_bytes <= other.max_content_bytes
    }
}

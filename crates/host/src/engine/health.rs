//! Whether the store can be written to, as far as the host's own appends say, and whether it answers when it is asked.
//!
//! A store that is full may well answer to everything but an append, so what became of the last one is remembered for a while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use colloq_store::StoreError;
use tokio::time::timeout;

use super::{Engine, EngineError};

/// So long after an append found no room the store is said to be full, unless another found some.
const FULL_FOR_MS: u64 = 10_000;
/// A store that takes longer to answer is unavailable to whoever asks whether it is ready.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Health {
    /// When an append last found no room, milliseconds since 1970; 0 for never, or since it found some.
    full_ms: AtomicU64,
}

impl Health {
    /// An append succeeded.
    pub(super) fn note_room(&self) {
        // Nearly always it is zero already, and a read shares the line between cores.
        if self.full_ms.load(Ordering::Relaxed) != 0 {
            self.full_ms.store(0, Ordering::Relaxed);
        }
    }

    /// An append failed; gives the reason as gauges have it.
    pub(super) fn note_failure(&self, error: &StoreError, now_ms: u64) -> &'static str {
        match error {
            StoreError::Full(_) => {
                self.full_ms.store(now_ms, Ordering::Relaxed);
                "full"
            }
            StoreError::Damaged(_) => "damaged",
            _ => "unavailable",
        }
    }

    fn is_full(&self, now_ms: u64) -> bool {
        let full_ms = self.full_ms.load(Ordering::Relaxed);
        full_ms != 0 && now_ms.saturating_sub(full_ms) < FULL_FOR_MS
    }
}

impl Engine {
    /// Whether the host can serve now.
    ///
    /// # Errors
    /// Why not: it is stopping, or the store is full, or does not answer.
    pub async fn check_ready(&self) -> Result<(), EngineError> {
        if self.inner.stopping.load(Ordering::Relaxed) {
            return Err(EngineError::Overloaded("the host is going down"));
        }
        if self.inner.health.is_full(self.inner.outside.now_ms()) {
            return Err(EngineError::StoreFull("an append found no room".into()));
        }
        match timeout(ANSWER_TIME_MAX, self.inner.store.flush()).await {
            Ok(flushed) => Ok(flushed?),
            Err(_) => Err(EngineError::StoreUnavailable("it does not answer in time".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_store_is_full_until_there_is_room_or_nobody_tried_for_a_while() {
        let health = Health::default();
        assert!(!health.is_full(5));
        assert_eq!(health.note_failure(&StoreError::Full("no room".into()), 1000), "full");
        assert!(health.is_full(1000) && health.is_full(10_999) && !health.is_full(11_000));
        assert_eq!(health.note_failure(&StoreError::Unavailable("gone".into()), 2000), "unavailable");
        assert!(health.is_full(2000));
        health.note_room();
        assert!(!health.is_full(2000));
    }
}

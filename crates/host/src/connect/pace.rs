//! How fast a link may send: a bucket that fills with time. A faster one is read later, and so slowed by its own connection.

use std::time::Duration;

use tokio::time::Instant;

const FRAMES_A_SECOND: f64 = 2000.0;
const BURST_FRAMES: f64 = 8000.0;

/// The pace of one link.
pub(super) struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST_FRAMES, at: now }
    }

    /// Takes a frame; says how long to wait before it is dealt with.
    pub(super) fn take(&mut self, now: Instant) -> Option<Duration> {
        let filled = now.saturating_duration_since(self.at).as_secs_f64() * FRAMES_A_SECOND;
        self.left = (self.left + filled).min(BURST_FRAMES) - 1.0;
        self.at = now;
        (self.left < 0.0).then(|| Duration::from_secs_f64(-self.left / FRAMES_A_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_what_follows_waits_its_turn() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert!((0..8000).all(|_| pace.take(start).is_none()));
        assert_eq!(pace.take(start), Some(Duration::from_micros(500)));
        assert_eq!(pace.take(start + Duration::from_secs(1)), None);
    }
}

//! How fast a link may send: a bucket that fills with time. A faster one is read later, and so slowed by its own connection.

use std::time::Duration;

use tokio::time::Instant;

const FRAMES_A_SECOND: f64 = 2000.0;
const BURST_FRAMES: f64 = 8000.0;
/// So many bytes of a frame count as one frame more.
const BYTES_A_FRAME: usize = 2048;

/// The pace of one link.
pub(super) struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST_FRAMES, at: now }
    }

    /// Takes a frame of so many bytes; says how long to wait before it is dealt with.
    pub(super) fn take(&mut self, now: Instant, bytes: usize) -> Option<Duration> {
        let filled = now.saturating_duration_since(self.at).as_secs_f64() * FRAMES_A_SECOND;
        self.left = (self.left + filled).min(BURST_FRAMES) - 1.0 - f64::from(u32::try_from(bytes / BYTES_A_FRAME).unwrap_or(u32::MAX));
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
        assert!((0..8000).all(|_| pace.take(start, 0).is_none()));
        assert_eq!(pace.take(start, 0), Some(Duration::from_micros(500)));
        assert_eq!(pace.take(start + Duration::from_secs(1), 0), None);
    }

    #[test]
    fn long_frames_count_for_more() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let taken = (0..8000).take_while(|_| pace.take(start, 64 << 10).is_none()).count();
        assert_eq!(taken, 8000 / 33, "some 16 MB at once");
    }
}

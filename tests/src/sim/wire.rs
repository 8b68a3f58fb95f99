//! A connection between a page and a host: frames come in the order in which they were sent, late, or not at all once it broke.

use super::ground::Ground;
use super::plan::Plan;
use super::random::Random;
use super::seat::Seat;
use super::tally::Count;

/// The longest that a frame is on its way.
const LATE_MAX_MS: u64 = 60_000;

/// One direction.
#[derive(Default)]
pub(crate) struct Lane {
    /// When the last frame that was sent arrives.
    last: u64,
    /// Nothing arrives before.
    held_until: u64,
}

/// See the module's documentation.
pub(crate) struct Wire {
    pub(crate) page: usize,
    pub(crate) host: usize,
    /// The host's end; gone once it noticed that the connection is.
    pub(crate) seat: Option<Seat>,
    /// The page's end is there.
    pub(crate) is_held: bool,
    pub(crate) up: Lane,
    pub(crate) down: Lane,
    /// When a catch-up ended last.
    pub(crate) subscribed_at: u64,
    /// Nothing that would arrive later does.
    pub(crate) cut_at: Option<u64>,
}

impl Wire {
    pub(crate) fn new(page: usize, host: usize) -> Self {
        Self { page, host, seat: None, is_held: true, up: Lane::default(), down: Lane::default(), subscribed_at: u64::MAX, cut_at: None }
    }

    /// Nothing is held back any more.
    pub(crate) fn release(&mut self) {
        (self.up.held_until, self.down.held_until) = (0, 0);
    }

    /// Whether a frame that would arrive now is lost.
    pub(crate) fn is_cut(&self, now: u64) -> bool {
        self.cut_at.is_some_and(|at| now > at)
    }
}

impl Lane {
    /// When a frame that is sent now arrives.
    pub(crate) fn arrival(&mut self, ground: &Ground, plan: &Plan, random: &mut Random, newest: &mut u64) -> u64 {
        let now = ground.now();
        let wait = if random.permille(plan.late) { random.between(10_000, LATE_MAX_MS) } else { random.wait(plan.latency_ms, 2_000) };
        if wait >= 10_000 {
            ground.count(Count::FrameLate);
        }
        let at = (now + wait).max(self.last).max(self.held_until);
        if at < *newest && at > self.last {
            ground.count(Count::Overtaken);
        }
        *newest = at.max(*newest);
        self.last = at;
        at
    }

    /// Nothing arrives until then.
    pub(crate) fn hold(&mut self, until: u64) {
        self.held_until = self.held_until.max(until);
    }
}

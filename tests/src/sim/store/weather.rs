//! How often the store does what it should not, in a thousand times.

use crate::sim::random::Random;

/// See the module's documentation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Answers come late; otherwise at once, as memory's do.
    pub(crate) late: u32,
    /// Answers take five to sixty seconds.
    pub(crate) slow: u32,
    /// It cannot tell, and did it.
    pub(crate) unknown_done: u32,
    /// It cannot tell, and did not do it.
    pub(crate) unknown_undone: u32,
    /// It cannot tell, and does it later.
    pub(crate) unknown_later: u32,
    /// It says no.
    pub(crate) unavailable: u32,
}

/// What becomes of one thing that is asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is done and answered at once.
    Now,
    /// It is done after a while and answered after another.
    Later(u64, u64),
    /// It is not done, or is done only after the answer.
    Unknown { done_before: bool, done_after: Option<u64>, wait: u64 },
    /// It is not done.
    Unavailable(u64),
}

impl Weather {
    /// Nothing goes wrong, and answers take a moment.
    pub(crate) fn calm() -> Self {
        Self { late: 500, slow: 0, unknown_done: 0, unknown_undone: 0, unknown_later: 0, unavailable: 0 }
    }

    /// What a run has: each fault in some runs and not in others, so that they meet in all combinations.
    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut often = |usual: u64| if random.permille(650) { random.between(usual / 3, usual) as u32 } else { 0 };
        Self {
            late: 300 + often(600),
            slow: often(8),
            unknown_done: often(24),
            unknown_undone: often(24),
            unknown_later: often(16),
            unavailable: often(12),
        }
    }

    pub(super) fn fate(&self, random: &mut Random) -> Fate {
        let mut left = random.below(1000);
        let mut is = |often: u32| {
            let hit = left < u64::from(often);
            left = left.saturating_sub(u64::from(often));
            hit
        };
        if is(self.slow) {
            return Fate::Later(random.between(5_000, 60_000) / 2, random.between(5_000, 60_000) / 2);
        }
        if is(self.unknown_done) {
            return Fate::Unknown { done_before: true, done_after: None, wait: random.wait(100, 15_000) };
        }
        if is(self.unknown_undone) {
            return Fate::Unknown { done_before: false, done_after: None, wait: random.wait(100, 15_000) };
        }
        if is(self.unknown_later) {
            let wait = random.wait(100, 15_000);
            return Fate::Unknown { done_before: false, done_after: Some(random.wait(500, 20_000)), wait };
        }
        if is(self.unavailable) {
            return Fate::Unavailable(random.wait(20, 2_000));
        }
        if random.permille(self.late) { Fate::Later(random.wait(3, 200), random.wait(3, 200)) } else { Fate::Now }
    }
}

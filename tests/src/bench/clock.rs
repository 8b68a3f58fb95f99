//! The CPU time of this thread: nothing that is timed with it waits, and what else the machine does meanwhile is no part of it.
//!
//! It is no wall clock: whoever measures threads against each other takes another.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How often the clock is read to find what reading it costs.
const READINGS: u32 = 2000;

/// The CPU time of this thread.
///
/// # Panics
/// If the system says that it is negative.
pub fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a thread's time is not negative")
}

/// What each of so many things took that began at a time, in microseconds.
///
/// # Panics
/// If they are more than four thousand million.
pub fn each_us(begin: Duration, times: usize) -> f64 {
    thread_time().saturating_sub(begin).as_secs_f64() * 1e6 / f64::from(u32::try_from(times).expect("so many are not timed at once"))
}

/// Times things one by one; what reading the clock costs is taken off.
pub struct Watch {
    reading: Duration,
    times: u32,
    sum: Duration,
    worst: Duration,
}

impl Watch {
    /// Finds what reading the clock costs on this machine.
    #[allow(clippy::new_without_default, reason = "it measures")]
    pub fn new() -> Self {
        let begin = thread_time();
        for _ in 0..READINGS {
            std::hint::black_box(thread_time());
        }
        let reading = thread_time().saturating_sub(begin) / READINGS;
        Self { reading, times: 0, sum: Duration::ZERO, worst: Duration::ZERO }
    }

    /// Times one thing.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begin = thread_time();
        let made = work();
        self.add(thread_time().saturating_sub(begin).saturating_sub(self.reading));
        made
    }

    fn add(&mut self, took: Duration) {
        self.times += 1;
        self.sum += took;
        self.worst = self.worst.max(took);
    }

    /// What each took, in microseconds.
    pub fn each_us(&self) -> f64 {
        self.sum.as_secs_f64() * 1e6 / f64::from(self.times)
    }

    /// What the one took that took longest, in microseconds.
    pub fn worst_us(&self) -> f64 {
        self.worst.as_secs_f64() * 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_tells_the_mean_from_the_worst() {
        let mut watch = Watch::new();
        watch.add(Duration::from_micros(3));
        watch.add(Duration::from_micros(9));
        assert_eq!([watch.each_us(), watch.worst_us()].map(|us| (us * 1e3).round() as i64), [6000, 9000]);
    }
}

//! What everything in one run shares: virtual time, the trace, what was counted, and the way by which tasks tell the world what came of
//! them.

use std::collections::VecDeque;
use std::fmt::Arguments;
use std::hash::{DefaultHasher, Hasher};

use bytes::Bytes;
use colloq_host::engine::{Answer, Cut, EngineError};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::tally::{Count, Tally};

/// When every run begins: 2026-01-01T00:00:00Z.
pub(crate) const BEGIN_MS: u64 = 1_767_225_600_000;
/// How many of the newest lines of a trace are kept, where nobody wants all of them.
pub(crate) const TAIL_LINES: usize = 400;

/// What a task tells the world.
pub(crate) enum News {
    /// A host has a frame for a link.
    Down { wire: u64, frame: Bytes },
    /// A host cut a link off.
    Cut { wire: u64, why: Cut },
    /// A call was answered.
    Answered { call: u64, answer: Result<Answer, EngineError> },
}

/// See the module's documentation.
pub(crate) struct Ground {
    begin: Instant,
    shared: Mutex<Shared>,
    pub(crate) bell: Notify,
}

struct Shared {
    tally: Tally,
    hasher: DefaultHasher,
    lines: u64,
    tail: VecDeque<String>,
    tail_max: usize,
    news: VecDeque<News>,
}

impl Ground {
    /// `tail_max` lines of the trace are kept.
    pub(crate) fn new(tail_max: usize) -> Self {
        let (tally, hasher) = (Tally::default(), DefaultHasher::new());
        let shared = Shared { tally, hasher, lines: 0, tail: VecDeque::new(), tail_max, news: VecDeque::new() };
        Self { begin: Instant::now(), shared: Mutex::new(shared), bell: Notify::new() }
    }

    /// Virtual milliseconds since the run began.
    pub(crate) fn now(&self) -> u64 {
        self.begin.elapsed().as_millis() as u64
    }

    /// The moment of a virtual time.
    pub(crate) fn instant(&self, at: u64) -> Instant {
        self.begin + std::time::Duration::from_millis(at)
    }

    pub(crate) fn count(&self, what: Count) {
        self.shared.lock().tally.count(what);
    }

    pub(crate) fn tally(&self) -> Tally {
        self.shared.lock().tally.clone()
    }

    /// Adds a line to the trace.
    pub(crate) fn note(&self, line: Arguments<'_>) {
        let line = format!("{:>9} {line}", self.now());
        let mut shared = self.shared.lock();
        shared.hasher.write(line.as_bytes());
        shared.lines += 1;
        // Nothing follows from most looks, and they are many.
        if line.contains(" looks at ") {
            return;
        }
        if shared.tail.len() >= shared.tail_max {
            shared.tail.pop_front();
        }
        shared.tail.push_back(line);
    }

    /// The hash of the trace so far, and how many lines it has.
    pub(crate) fn trace(&self) -> (u64, u64) {
        let shared = self.shared.lock();
        (shared.hasher.finish(), shared.lines)
    }

    /// The newest lines of the trace.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.shared.lock().tail.iter().cloned().collect()
    }

    pub(crate) fn tell(&self, news: News) {
        self.shared.lock().news.push_back(news);
        self.bell.notify_one();
    }

    pub(crate) fn poll_news(&self) -> Option<News> {
        self.shared.lock().news.pop_front()
    }
}

impl Ground {
    /// Counts what a frame of a host says of a way back.
    pub(crate) fn count_frame(&self, text: &str, is_live: bool) {
        let what = if text.starts_with("{\"kind\":\"snapshot\"") {
            if text.contains("\"reset\":true") { Count::Reset } else { Count::Snapshot }
        } else if text.starts_with("{\"kind\":\"entries\"") && !is_live {
            Count::CaughtUp
        } else if text.contains("\"code\":\"seqGap\"") && text.contains("\"kind\":\"rejected\"") {
            Count::SeqGap
        } else {
            return;
        };
        self.count(what);
    }
}

/// The first bytes of a text, for a trace.
pub(crate) fn short(text: &str) -> &str {
    let mut end = text.len().min(160);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

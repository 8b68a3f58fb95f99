//! What happened, in numbers: counted from entries as they are confirmed, in bounded memory, so that operators see how talk goes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::entry::Entry;
use crate::event::Event;
use crate::json::{Json, JsonError, Reader, shape};
use crate::message::{MessageType, Status};
use crate::session::EndReason;
use crate::{Outcome, Session};

shape! {
    /// Counts since an instance was opened. Those of several instances add up to one.
    #[derive(Default)]
    pub struct Counters: strict {
        /// Sessions that began, copies among them.
        pub created: u64 = "created",
        /// Sessions that ended, by reason.
        pub ended: Ends = "ended",
        /// Messages, by who they are from.
        pub messages: Kinds = "messages",
        /// Streams, by how they ended.
        pub streams: Streams = "streams",
        /// Bytes of text that was said, in UTF-8.
        pub content_bytes: u64 = "contentBytes",
        /// Commands that were rejected on record.
        pub rejected: u64 = "rejected",
        /// How long ended sessions lasted.
        pub durations: Durations = "durations",
        /// Different users whose sessions began.
        pub users: Distinct = "users",
    }
}

shape! {
    /// Sessions that ended, by reason.
    #[derive(Copy, Default)]
    pub struct Ends: strict {
        /// Nobody was active.
        pub idle: u64 = "idle",
        /// They were too old.
        pub absolute: u64 = "absolute",
        /// Room was needed.
        pub evicted: u64 = "evicted",
        /// Their user signed out.
        pub signed_out: u64 = "signedOut",
        /// Somebody ended them.
        pub ended: u64 = "ended",
    }
}

shape! {
    /// Messages, by who they are from.
    #[derive(Copy, Default)]
    pub struct Kinds: strict {
        /// From people.
        pub user: u64 = "user",
        /// From agents.
        pub assistant: u64 = "assistant",
        /// Instructions.
        pub system: u64 = "system",
        /// Results of tools.
        pub tool: u64 = "tool",
    }
}

shape! {
    /// Streams, by how they ended.
    #[derive(Copy, Default)]
    pub struct Streams: strict {
        /// Those that began.
        pub begun: u64 = "begun",
        /// Those that ended well.
        pub completed: u64 = "completed",
        /// Those that somebody stopped.
        pub stopped: u64 = "stopped",
        /// Messages that were talked over.
        pub interrupted: u64 = "interrupted",
        /// Those whose producer failed or fell silent.
        pub failed: u64 = "failed",
    }
}

shape! {
    /// How long ended sessions lasted, in milliseconds.
    #[derive(Default)]
    pub struct Durations: strict {
        /// How many there are.
        pub count: u64 = "count",
        /// All of them together.
        pub sum_ms: u64 = "sumMs",
        /// The longest.
        pub max_ms: u64 = "maxMs",
        /// How many lasted less than 1 s, 2 s, 4 s, and so on, each counted in the first that fits.
        pub below_powers_of_two_s: Vec<u64> = "belowPowersOfTwoS",
    }
}

/// The powers of two of seconds that durations are sorted by: the last is some 12 days.
const POWERS: usize = 21;

impl Durations {
    fn add(&mut self, ms: u64) {
        self.count += 1;
        self.sum_ms = self.sum_ms.saturating_add(ms);
        self.max_ms = self.max_ms.max(ms);
        self.below_powers_of_two_s.resize(POWERS, 0);
        let power = (64 - (ms / 1000).leading_zeros()) as usize;
        self.below_powers_of_two_s[power.min(POWERS - 1)] += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
        self.max_ms = self.max_ms.max(other.max_ms);
        self.below_powers_of_two_s.resize(POWERS, 0);
        self.below_powers_of_two_s.iter_mut().zip(&other.below_powers_of_two_s).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// How many different names there were, about: the smallest of their hashes are kept (a "k minimum values" sketch). Exact up to 256.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distinct(Vec<u32>);

/// The most hashes that are kept; the count is off by some 6%.
const HASHES_MAX: usize = 256;

impl Distinct {
    /// Notes a name.
    pub fn add(&mut self, names: &[&str]) {
        let mut hasher = blake3::Hasher::new();
        names.iter().for_each(|name| {
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
        });
        let hash = hasher.finalize();
        self.insert(u32::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1], hash.as_bytes()[2], hash.as_bytes()[3]]));
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        match self.0.last() {
            Some(highest) if self.0.len() == HASHES_MAX => ((HASHES_MAX as u64 - 1) << 32) / u64::from(*highest).max(1),
            _ => self.0.len() as u64,
        }
    }

    fn insert(&mut self, hash: u32) {
        if let Err(at) = self.0.binary_search(&hash) {
            self.0.insert(at, hash);
            self.0.truncate(HASHES_MAX);
        }
    }
}

/// In JSON `{count, smallest}`: a count for people, and what two of them are merged by.
impl Json for Distinct {
    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let mut distinct = Self::default();
        Sketch::read(reader)?.smallest.iter().for_each(|hash| distinct.insert(*hash));
        Ok(distinct)
    }

    fn write(&self, out: &mut String) {
        Sketch { count: self.count(), smallest: self.0.clone() }.write(out);
    }
}

struct Sketch {
    count: u64,
    smallest: Vec<u32>,
}

crate::json!(Sketch { count: u64 = "count", smallest: Vec<u32> = "smallest", });

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Distinct {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Distinct".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "How many different names there were, and the smallest of their hashes, by which two counts are merged.",
            "properties": { "count": { "type": "integer" }, "smallest": { "type": "array", "items": { "type": "integer" } } },
            "required": ["count", "smallest"]
        })
    }
}

impl Counters {
    /// Counts an entry. `session` is the state after it, or after it and later ones.
    pub fn count(&mut self, entry: &Entry, session: &Session) {
        self.rejected += u64::from(entry.outcome != Outcome::Accepted);
        for event in &entry.events {
            self.count_event(event, session);
        }
    }

    fn count_event(&mut self, event: &Event, session: &Session) {
        match event {
            Event::SessionCreated(_) | Event::SessionRestored(_) => {
                self.created += 1;
                self.users.add(&[&session.app, &session.user_id]);
            }
            Event::SessionEnded(ended) => {
                *self.ends(ended.reason) += 1;
                self.durations.add(session.now.saturating_sub(session.created_at));
            }
            Event::MessageAppended(appended) => {
                let message = &appended.message;
                *self.kinds(message.r#type) += 1;
                self.streams.begun += u64::from(message.status == Some(Status::Streaming));
                let parts = message.parts.iter().flatten().filter_map(|part| part.text.as_ref()).map(String::len).sum::<usize>();
                self.content_bytes += (message.content.as_ref().map_or(0, |content| content.len()) + parts) as u64;
            }
            Event::DeltaAppended(delta) => self.content_bytes += delta.text.len() as u64,
            Event::MessageCompleted(_) => self.streams.completed += 1,
            Event::MessageStopped(_) => self.streams.stopped += 1,
            Event::MessageInterrupted(_) => self.streams.interrupted += 1,
            Event::MessageFailed(_) => self.streams.failed += 1,
            _ => {}
        }
    }

    fn ends(&mut self, reason: EndReason) -> &mut u64 {
        match reason {
            EndReason::Idle => &mut self.ended.idle,
            EndReason::Absolute => &mut self.ended.absolute,
            EndReason::Evicted => &mut self.ended.evicted,
            EndReason::SignedOut => &mut self.ended.signed_out,
            EndReason::Ended => &mut self.ended.ended,
        }
    }

    fn kinds(&mut self, kind: MessageType) -> &mut u64 {
        match kind {
            MessageType::User => &mut self.messages.user,
            MessageType::Assistant => &mut self.messages.assistant,
            MessageType::System => &mut self.messages.system,
            MessageType::Tool => &mut self.messages.tool,
        }
    }

    /// Adds what another instance counted.
    pub fn merge(&mut self, other: &Self) {
        self.created += other.created;
        self.content_bytes += other.content_bytes;
        self.rejected += other.rejected;
        for reason in EndReason::ALL {
            let mut theirs = other.clone();
            *self.ends(*reason) += *theirs.ends(*reason);
        }
        for kind in MessageType::ALL {
            let mut theirs = other.clone();
            *self.kinds(*kind) += *theirs.kinds(*kind);
        }
        let (mine, theirs) = (&mut self.streams, &other.streams);
        mine.begun += theirs.begun;
        mine.completed += theirs.completed;
        mine.stopped += theirs.stopped;
        mine.interrupted += theirs.interrupted;
        mine.failed += theirs.failed;
        self.durations.merge(&other.durations);
        other.users.0.iter().for_each(|hash| self.users.insert(*hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_are_counted_once() {
        let mut distinct = Distinct::default();
        for round in 0..3 {
            (0..200).for_each(|n| distinct.add(&["default", &std::format!("user {n}")]));
            assert_eq!(distinct.count(), 200, "round {round}");
        }
        (0..20_000).for_each(|n| distinct.add(&["default", &std::format!("user {n}")]));
        assert!((17_000..23_000).contains(&distinct.count()), "{}", distinct.count());
        assert_eq!(Distinct::from_json(&distinct.to_json()), Ok(distinct));
    }

    #[test]
    fn counts_of_two_add_up() {
        let mut one = Counters::default();
        one.created = 2;
        one.ended.idle = 1;
        one.durations.add(1500);
        one.users.add(&["default", "ada"]);
        let mut other = one.clone();
        other.users.add(&["default", "ben"]);
        one.merge(&other);
        assert_eq!((one.created, one.ended.idle, one.users.count()), (4, 2, 2));
        assert_eq!((one.durations.count, one.durations.sum_ms, one.durations.below_powers_of_two_s[1]), (2, 3000, 2));
        assert_eq!(Counters::from_json(&one.to_json()), Ok(one));
    }
}

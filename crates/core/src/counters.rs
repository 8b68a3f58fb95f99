//! What happened, in numbers: counted from entries as they are confirmed, in bounded memory, so that operators see how talk goes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::code::Rejection;
use crate::entry::Entry;
use crate::event::Event;
use crate::json::{Json, JsonError, Object, Reader};
use crate::message::Status;
use crate::{Outcome, Session};

/// The counts, by the group and the key that they have in JSON.
const NAMES: [(&str, &str); 20] = [
    ("", "created"),
    ("", "contentBytes"),
    ("", "rejected"),
    ("ended", "idle"),
    ("ended", "absolute"),
    ("ended", "evicted"),
    ("ended", "signedOut"),
    ("ended", "ended"),
    ("messages", "user"),
    ("messages", "assistant"),
    ("messages", "system"),
    ("messages", "tool"),
    ("streams", "begun"),
    ("streams", "completed"),
    ("streams", "stopped"),
    ("streams", "interrupted"),
    ("streams", "failed"),
    ("durations", "count"),
    ("durations", "sumMs"),
    ("durations", "maxMs"),
];
/// The one of them that is the largest of all, and not their sum.
const LONGEST: usize = NAMES.len() - 1;
/// The powers of two of seconds that durations are sorted by: the last is some 12 days.
const POWERS: usize = 21;

/// Counts since an instance was opened. Those of several instances make one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    counts: [u64; NAMES.len()],
    /// How many sessions lasted less than 1 s, 2 s, 4 s ..., each in the first that fits.
    durations: [u64; POWERS],
    /// Different users whose sessions began, or in whose sessions something was said.
    users: Distinct,
}

impl Counters {
    /// Counts an entry. `session` is the state after it, or after it and later ones.
    pub fn count(&mut self, entry: &Entry, session: &Session) {
        self.add("", "rejected", u64::from(entry.outcome != Outcome::Accepted));
        for event in &entry.events {
            self.count_event(event, session);
        }
    }

    fn count_event(&mut self, event: &Event, session: &Session) {
        match event {
            Event::SessionCreated(_) | Event::SessionRestored(_) => {
                self.add("", "created", 1);
                self.users.add(&[&session.app, &session.user_id]);
            }
            Event::SessionEnded(ended) => {
                self.add("ended", ended.reason.as_str(), 1);
                self.count_duration(session.now.saturating_sub(session.created_at));
            }
            Event::MessageAppended(appended) => {
                let message = &appended.message;
                self.users.add(&[&session.app, &session.user_id]);
                self.add("messages", message.r#type.as_str(), 1);
                self.add("streams", "begun", u64::from(message.status == Some(Status::Streaming)));
                let parts = message.parts.iter().flatten().filter_map(|part| part.text.as_ref()).map(String::len).sum::<usize>();
                self.add("", "contentBytes", (message.content.as_ref().map_or(0, |content| content.len()) + parts) as u64);
            }
            Event::DeltaAppended(delta) => self.add("", "contentBytes", delta.text.len() as u64),
            Event::MessageCompleted(_) => self.add("streams", "completed", 1),
            Event::MessageStopped(_) => self.add("streams", "stopped", 1),
            Event::MessageInterrupted(_) => self.add("streams", "interrupted", 1),
            Event::MessageFailed(_) => self.add("streams", "failed", 1),
            _ => {}
        }
    }

    fn count_duration(&mut self, ms: u64) {
        self.add("durations", "count", 1);
        self.add("durations", "sumMs", ms);
        self.add("durations", "maxMs", ms);
        let power = (64 - (ms / 1000).leading_zeros()) as usize;
        self.durations[power.min(POWERS - 1)] += 1;
    }

    /// Adds what another instance counted.
    pub fn merge(&mut self, other: &Self) {
        (0..NAMES.len()).for_each(|at| self.put(at, other.counts[at]));
        self.durations.iter_mut().zip(other.durations).for_each(|(mine, theirs)| *mine += theirs);
        other.users.0.iter().for_each(|hash| self.users.insert(*hash));
    }

    fn add(&mut self, group: &str, key: &str, count: u64) {
        let is_it = |name: &(&str, &str)| name.1.len() == key.len() && *name == (group, key);
        self.put(NAMES.iter().position(is_it).expect("what is counted has a name"), count);
    }

    fn put(&mut self, at: usize, count: u64) {
        let known = self.counts[at];
        self.counts[at] = if at == LONGEST { known.max(count) } else { known.saturating_add(count) };
    }

    /// One of the counts, by the group and the key that it has in JSON.
    pub fn get(&self, group: &str, key: &str) -> Option<u64> {
        NAMES.iter().position(|name| *name == (group, key)).map(|at| self.counts[at])
    }

    /// Their JSON: `{created, contentBytes, rejected, ended: {...}, messages: {...}, streams: {...}, durations: {...}, users: {...}}`.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        let mut open = "";
        for ((group, key), count) in NAMES.iter().zip(&self.counts) {
            if *group != open {
                out.push_str(if open.is_empty() { ",\"" } else { "},\"" });
                out.push_str(group);
                out.push_str("\":{");
                open = group;
            }
            Object::within(&mut out).field(key, count);
        }
        Object::within(&mut out).field("belowPowersOfTwoS", &self.durations.to_vec());
        out.push_str("},\"users\":");
        self.users.write(&mut out);
        out.push('}');
        out
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// `malformed`.
    pub fn from_json(text: &str) -> Result<Self, Rejection> {
        let read = || {
            let reader = Reader::new(text);
            let group = |name: &str| if name.is_empty() { Some(reader.clone()) } else { reader.member(name) };
            let missing = || reader.error("counters are expected");
            let mut counters = Self::default();
            for (at, (name, key)) in NAMES.iter().enumerate() {
                counters.counts[at] = group(name).and_then(|group| group.member(key)).ok_or_else(missing)?.integer()?;
            }
            let mut below = group("durations").and_then(|group| group.member("belowPowersOfTwoS")).ok_or_else(missing)?;
            counters.durations.iter_mut().zip(Vec::<u64>::read(&mut below)?).for_each(|(mine, theirs)| *mine = theirs);
            counters.users = Distinct::read(&mut group("users").ok_or_else(missing)?)?;
            Ok(counters)
        };
        read().map_err(|error: JsonError| Rejection::malformed(&error))
    }
}

/// How many different names there were, about: the smallest of their hashes are kept (a "k minimum values" sketch). Exact up to 256.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Distinct(Vec<u32>);

/// The most hashes that are kept; the count is off by some 6%.
const HASHES_MAX: usize = 256;

impl Distinct {
    /// Notes a name.
    fn add(&mut self, names: &[&str]) {
        // FNV-1a, with the last step of MurmurHash3 so that all bits count. It is done for each message, and need not withstand anybody.
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let bytes = names.iter().flat_map(|name| name.as_bytes().iter().chain(&[0xff]));
        let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325, step);
        for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
            hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
        }
        self.insert((hash >> 32) as u32);
    }

    /// How many there were.
    fn count(&self) -> u64 {
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
        let smallest = reader.member("smallest").map(|mut smallest| Vec::<u32>::read(&mut smallest)).transpose()?;
        smallest.iter().flatten().for_each(|hash| distinct.insert(*hash));
        reader.skip().map(|_| distinct)
    }

    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        object.field("count", &self.count()).field("smallest", &self.0);
        object.close();
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Counters {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Counters".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let count = || serde_json::json!({ "type": "integer" });
        let mut root = serde_json::Map::new();
        for (group, key) in NAMES {
            if group.is_empty() {
                root.insert(key.into(), count());
            } else {
                let group = root.entry(group).or_insert_with(|| serde_json::json!({ "type": "object", "properties": {} }));
                group["properties"][key] = count();
            }
        }
        root["durations"]["properties"]["belowPowersOfTwoS"] = serde_json::json!({ "type": "array", "items": count() });
        root.insert("users".into(), serde_json::json!({ "type": "object", "properties": { "count": count() } }));
        let required: Vec<&String> = root.keys().collect();
        schemars::json_schema!({ "type": "object", "required": required, "properties": root.clone() })
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
        one.add("", "created", 2);
        one.add("ended", "idle", 1);
        one.count_duration(1500);
        one.users.add(&["default", "ada"]);
        let mut other = one.clone();
        other.users.add(&["default", "ben"]);
        one.merge(&other);
        let get = |group, key| one.get(group, key).unwrap();
        assert_eq!((get("", "created"), get("ended", "idle"), one.users.count()), (4, 2, 2));
        assert_eq!((get("durations", "count"), get("durations", "sumMs"), get("durations", "maxMs")), (2, 3000, 1500));
        assert_eq!(one.durations[1], 2);
        assert_eq!(Counters::from_json(&one.to_json()), Ok(one));
        assert!(Counters::from_json("{}").is_err());
    }

    #[test]
    fn everything_that_happens_is_counted() {
        use crate::scene::{NOW, Scene, ada, bot, ops};
        let mut scene = Scene::new();
        scene.does(&ada(), r##"{"kind":"appendMessage","message":{"id":"#1","type":"user","content":"12345"}}"##);
        scene.does(&ops(), r##"{"kind":"appendMessage","message":{"id":"#2","type":"tool","parts":[{"type":"text","text":"678"}]}}"##);
        for n in 3..=6 {
            let begin = std::format!(r##"{{"kind":"appendMessage","message":{{"id":"#{n}","type":"assistant","status":"streaming"}}}}"##);
            scene.does(&bot(), &begin);
        }
        scene.does(&bot(), r##"{"kind":"appendDelta","message":"#3","offset":0,"text":"90"}"##);
        scene.does(&bot(), r##"{"kind":"completeMessage","message":"#3"}"##);
        scene.does(&ada(), r##"{"kind":"stopMessage","message":"#4"}"##);
        scene.does(&ada(), r##"{"kind":"interruptMessage","message":"#5"}"##);
        scene.does(&bot(), r##"{"kind":"failMessage","message":"#6","error":{"code":"c","message":"m"}}"##);
        let once = crate::Once::new(&ada(), "key", &[]);
        let rejected = crate::Request { once: Some(once), ..crate::scene::command(r##"{"kind":"rewind","through":"#9"}"##).into() };
        scene.submit(&ada(), rejected).unwrap();
        scene.now = NOW + 5000;
        scene.does(&ada(), r#"{"kind":"end"}"#);
        let mut counters = Counters::default();
        scene.log.iter().for_each(|entry| counters.count(entry, scene.session()));
        for (group, key, count) in [
            ("", "created", 1),
            ("", "contentBytes", 10),
            ("", "rejected", 1),
            ("ended", "ended", 1),
            ("messages", "user", 1),
            ("messages", "tool", 1),
            ("messages", "assistant", 4),
            ("streams", "begun", 4),
            ("streams", "completed", 1),
            ("streams", "stopped", 1),
            ("streams", "interrupted", 1),
            ("streams", "failed", 1),
            ("durations", "sumMs", 5000),
        ] {
            assert_eq!(counters.get(group, key), Some(count), "{group} {key}");
        }
        assert_eq!((counters.durations[3], counters.users.count(), counters.get("", "none")), (1, 1, None));
        counters.count_duration(u64::MAX);
        assert_eq!((counters.durations[POWERS - 1], counters.get("durations", "sumMs")), (1, Some(u64::MAX)), "no sum overflows");
    }
}

//! One-shot ids: what an `Idempotency-Key` stands for. Part of the state, beside the table of clients.
//!
//! A key is remembered for 24 hours and never dropped earlier; while 256 of them are remembered, no other is taken.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Id;
use crate::code::{Code, Rejection};
use crate::hex;
use crate::json::{Json, JsonError, Reader};
use crate::stamp::Actor;

/// The most keys that a session remembers.
pub(crate) const KEYS_MAX: usize = 256;
/// How long a key is remembered.
const REMEMBERED_MS: u64 = 24 * 3_600_000;

/// A hash of 16 bytes; 32 hex digits in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash([u8; 16]);

impl Hash {
    fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(bytes)
    }
}

impl Json for Hash {
    fn blank() -> Self {
        Self([0; 16])
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        hex::read(&reader.text()?).map(Self).ok_or_else(|| reader.error("a hash is 32 hex digits"))
    }

    fn write(&self, out: &mut String) {
        out.push('"');
        hex::write(&self.0, out);
        out.push('"');
    }
}

/// The one-shot id of a command: who sent which key, and with which body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    key: Hash,
    body: Hash,
}

crate::json!(Once: strict { key: Hash = "key", body: Hash = "body", });

impl Once {
    /// The id that a key of somebody's and what they ask for make. `parts` is everything that tells one request from another.
    pub fn new(actor: &Actor, key: &str, parts: &[&[u8]]) -> Self {
        Self { key: Hash::of(&[actor.role.as_str().as_bytes(), actor.id.as_bytes(), key.as_bytes()]), body: Hash::of(parts) }
    }

    /// Entropy for what the command creates without naming it: the same for every try.
    pub fn entropy(&self) -> [u8; 16] {
        self.key.0
    }
}

/// A key that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The id that used it.
    pub id: Once,
    /// The version of its entry.
    pub version: u64,
    /// The time of its entry.
    pub at: u64,
    /// The code of its rejection, where it was rejected.
    pub rejected: Option<Code>,
    /// The message that it created.
    pub message: Option<Id>,
}

crate::json!(Used: strict {
    id: Once = "id",
    version: u64 = "version",
    at: u64 = "at",
    rejected: Option<Code> = "rejected",
    message: Option<Id> = "message",
});

/// The keys that a session remembers, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys(Vec<Used>);

impl Json for Keys {
    const REQUIRED: bool = false;

    fn blank() -> Self {
        Self::default()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        Vec::read(reader).map(Self)
    }

    fn write(&self, out: &mut String) {
        self.0.write(out);
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl Keys {
    /// What became of the command with this id; `None` where it is new and may be decided.
    pub(crate) fn find(&self, id: &Once, now: u64) -> Result<Option<Used>, Rejection> {
        let remembered = self.0.iter().filter(|used| used.at.saturating_add(REMEMBERED_MS) > now);
        match remembered.clone().find(|used| used.id.key == id.key) {
            Some(used) if used.id.body != id.body => Err(Code::IdempotencyMismatch.into()),
            Some(used) => Ok(Some(*used)),
            None if remembered.count() >= KEYS_MAX => {
                Err(Rejection::new(Code::RateLimited, "the session remembers 256 idempotency keys of the last 24 hours and takes no more"))
            }
            None => Ok(None),
        }
    }

    /// Records a decision, and forgets what is older than a day before it.
    pub(crate) fn record(&mut self, used: Used) {
        self.0.retain(|known| known.at.saturating_add(REMEMBERED_MS) > used.at);
        self.0.push(used);
    }

    /// Whether they can be in a state at a version and a time.
    pub(crate) fn is_valid(&self, version: u64, now: u64) -> bool {
        self.0.len() <= KEYS_MAX && self.0.iter().all(|used| used.version <= version && used.at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_remembered_for_a_day() {
        let day = REMEMBERED_MS;
        let once = |key: &str, body: &str| Once::new(&Actor::new(crate::Role::User, "ada"), key, &[body.as_bytes()]);
        let used = |id, at| Used { id, version: 1, at, rejected: None, message: None };
        let mut keys = Keys::default();
        keys.record(used(once("k", "a"), 1000));
        assert_eq!(keys.find(&once("k", "a"), 1000), Ok(Some(used(once("k", "a"), 1000))));
        assert_eq!(keys.find(&once("k", "b"), 1000).unwrap_err().code, Code::IdempotencyMismatch);
        assert_eq!(keys.find(&once("l", "a"), 1000), Ok(None));
        assert_eq!((keys.find(&once("k", "b"), 999 + day).is_err(), keys.find(&once("k", "b"), 1000 + day)), (true, Ok(None)));
        for n in 1..KEYS_MAX as u64 {
            keys.record(used(once(&std::format!("{n}"), ""), 1000 + n));
        }
        assert_eq!(keys.find(&once("new", ""), 2000).unwrap_err().code, Code::RateLimited, "none is dropped early");
        assert!(keys.find(&once("k", "a"), 2000).is_ok_and(|used| used.is_some()));
        assert_eq!(keys.find(&once("new", ""), 1000 + day), Ok(None), "the oldest lapsed");
        keys.record(used(once("new", ""), 1000 + day));
        assert_eq!(keys.0.len(), KEYS_MAX);
        assert_eq!(Keys::from_json(&keys.to_json()), Ok(keys));
        assert_ne!(once("k", "a").entropy(), once("l", "a").entropy());
        assert_eq!(once("k", "a").entropy(), once("k", "b").entropy());
        for text in ["", "0", &"g".repeat(32), &"0".repeat(33)] {
            assert!(Hash::from_json(&std::format!("\"{text}\"")).is_err(), "{text}");
        }
    }
}

//! Entries: one decided command each. Encoded once, by the core that decided; stored, sent and hashed as they are.

use alloc::string::String;
use alloc::vec::Vec;

use crate::code::Code;
use crate::command::CommandId;
use crate::event::Event;
use crate::json::{Json, JsonError, Reader};
use crate::once::Once;
use crate::stamp::Stamp;
use crate::time::LATEST_MS;
use crate::upgrade::{self, Older};
use crate::{Chain, Id};

/// The schema that this core writes, and the highest that it reads.
pub const SCHEMA: u32 = 1;
/// Every entry whose version is a multiple of this carries a digest of the state before it.
pub(crate) const DIGEST_EVERY: u64 = 64;

/// How a command was decided. In JSON `"accepted"`, or the code of its rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect.
    Accepted,
    /// It was rejected, and that is on record.
    Rejected(Code),
}

impl Json for Outcome {
    fn blank() -> Self {
        Self::Accepted
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let text = reader.text()?;
        match &*text {
            "accepted" => Ok(Self::Accepted),
            code => Code::from_text(code).map(Self::Rejected).ok_or_else(|| reader.error("not an outcome")),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Accepted => out.push_str("\"accepted\""),
            Self::Rejected(code) => code.write(out),
        }
    }
}

impl Outcome {
    /// The code of the rejection, where it is one.
    pub fn rejected(self) -> Option<Code> {
        match self {
            Self::Accepted => None,
            Self::Rejected(code) => Some(code),
        }
    }
}

/// One decided command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The schema that it is written in.
    pub schema: u32,
    /// Its place in the log, from 1 without a gap.
    pub version: u64,
    /// The command that it settles; absent where the command had no id.
    pub command: Option<CommandId>,
    /// The one-shot id of the command, where it had one.
    pub once: Option<Once>,
    /// Who and when.
    pub stamp: Stamp,
    /// How the command was decided.
    pub outcome: Outcome,
    /// What came of it.
    pub events: Vec<Event>,
    /// The digest of the state that it was decided on, at every 64th version.
    pub digest: Option<Chain>,
}

crate::json!(Entry {
    schema: u32 = "schema",
    version: u64 = "version",
    command: Option<CommandId> = "command",
    once: Option<Once> = "once",
    stamp: Stamp = "stamp",
    outcome: Outcome = "outcome",
    events: Vec<Event> = "events",
    digest: Option<Chain> = "digest",
});

/// Why bytes are not an entry that can be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// A later schema than [`SCHEMA`]: this core is outdated.
    Outdated(u32),
    /// Not an entry.
    Malformed(String),
}

impl Entry {
    /// Its bytes: JSON text.
    pub fn encode(&self) -> String {
        let mut out = String::with_capacity(512);
        self.write(&mut out);
        out
    }

    /// Reads an entry. An older schema is brought up to this one; a later one is told apart from what is no entry.
    pub(crate) fn decode(json: &str) -> Result<Self, EntryError> {
        let malformed = |error: &JsonError| EntryError::Malformed(error.said());
        let text = upgrade::entry(json).map_err(|why| match why {
            Older::Later(schema) => EntryError::Outdated(schema),
            Older::Malformed(error) => malformed(&error),
        })?;
        let entry = Self::from_json(&text).map_err(|error| malformed(&error))?;
        if entry.stamp.now > LATEST_MS {
            // It would be applied, and no snapshot of what comes of it could be read.
            return Err(EntryError::Malformed("it is later than the year 9999, in /stamp/now".into()));
        }
        Ok(entry)
    }

    /// The message that it created, the first of them.
    pub(crate) fn message(&self) -> Option<Id> {
        self.events.iter().find_map(|event| match event {
            Event::MessageAppended(appended) => appended.message.id,
            _ => None,
        })
    }

    /// The chain after it, given the one before. A fork's log goes on from a place in its parent's.
    pub(crate) fn chain_after(&self, before: Chain, text: &str) -> Chain {
        match self.events.first() {
            Some(Event::SessionRestored(restored)) => restored.state.chain(restored.id).extend(text.as_bytes()),
            _ => before.extend(text.as_bytes()),
        }
    }
}

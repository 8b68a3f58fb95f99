//! Entries: one decided command each. Encoded once, by the core that decided; stored, sent and hashed as they are.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Chain;
use crate::code::Code;
use crate::command::CommandId;
use crate::event::Event;
use crate::stamp::Stamp;

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

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Accepted => serializer.serialize_str("accepted"),
            Self::Rejected(code) => code.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        match &*text {
            "accepted" => Ok(Self::Accepted),
            code => Code::from_text(code).map(Self::Rejected).ok_or_else(|| D::Error::custom("not an outcome")),
        }
    }
}

/// One decided command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The schema that it is written in.
    pub schema: u32,
    /// Its place in the log, from 1 without a gap.
    pub version: u64,
    /// The command that it settles; absent where the command had no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
    /// Who, when, and entropy where it was used.
    pub stamp: Stamp,
    /// How the command was decided.
    pub outcome: Outcome,
    /// What came of it.
    pub events: Vec<Event>,
    /// The digest of the state that it was decided on, at every 64th version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Chain>,
}

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
        serde_json::to_string(self).expect("an entry always encodes: its keys are strings and its values are JSON")
    }

    /// Reads an entry; a later schema is told apart from what is no entry.
    pub(crate) fn decode(json: &str) -> Result<Self, EntryError> {
        serde_json::from_str(json)
            .map_err(|error| {
                #[derive(Deserialize)]
                struct Envelope {
                    schema: u32,
                }
                match serde_json::from_str::<Envelope>(json) {
                    Ok(envelope) if envelope.schema > SCHEMA => EntryError::Outdated(envelope.schema),
                    _ => EntryError::Malformed(error.to_string()),
                }
            })
            .and_then(|entry: Self| if entry.schema > SCHEMA { Err(EntryError::Outdated(entry.schema)) } else { Ok(entry) })
    }
}

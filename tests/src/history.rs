//! Histories: what clients asked and were told, and the logs that are left, in the order in which it happened.
//!
//! A history is plain data, one JSON object a line, so that a simulation, a test with real processes and a person write the same thing.
//! [`check`] says what is wrong with one. It knows nothing of how the history came about.

mod check;
mod logs;
mod order;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use check::{Verdict, check};

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Want {
    /// Something takes effect.
    Write,
    /// A session as it is.
    Read,
    /// A session is erased.
    Erase,
}

/// One line of a history. `op` names one thing that a client wants, however often it asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// A client asks; the same again is no event.
    Invoke {
        /// Milliseconds since the beginning; for people.
        at: u64,
        /// What is wanted.
        op: u64,
        /// Of which session.
        session: String,
        /// What for.
        want: Want,
        /// A text between two tildes that stands in the entry that comes of it, and in no other.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mark: Option<String>,
    },
    /// It was acknowledged.
    Ok {
        /// Milliseconds since the beginning.
        at: u64,
        /// What was wanted.
        op: u64,
        /// The version of its entry, or the one that was read; 0 where none was told.
        version: u64,
        /// The id of its command, where it had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<(String, u64)>,
        /// The code of a rejection that is on record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The session as it was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        view: Option<Value>,
    },
    /// It was refused, without a trace.
    Fail {
        /// Milliseconds since the beginning.
        at: u64,
        /// What was wanted.
        op: u64,
        /// Why.
        code: String,
    },
    /// Nobody knows: a timeout, a client that is gone.
    Unknown {
        /// Milliseconds since the beginning.
        at: u64,
        /// What was wanted.
        op: u64,
    },
    /// The store itself lost the end of a log.
    Lost {
        /// Milliseconds since the beginning.
        at: u64,
        /// The session.
        session: String,
        /// The version that was left.
        after: u64,
        /// The entries that are gone.
        entries: Vec<String>,
        /// How many of them, from the front, a host that lived on had confirmed: it has to report those that stay lost.
        held: usize,
    },
    /// A host reported entries as lost.
    Reported {
        /// Milliseconds since the beginning.
        at: u64,
        /// The session.
        session: String,
        /// The entries.
        entries: Vec<String>,
    },
    /// A session's log at the end, whole. An erased one's is what it was.
    Log {
        /// The session.
        session: String,
        /// The entries, from the first.
        entries: Vec<String>,
        /// It was erased.
        #[serde(default)]
        erased: bool,
    },
}

/// Writes a history down, one line an event.
pub fn to_lines(events: &[Event]) -> String {
    events.iter().map(|event| serde_json::to_string(event).unwrap_or_default() + "\n").collect()
}

/// Reads a history.
///
/// # Errors
/// The line that is none.
pub fn from_lines(text: &str) -> Result<Vec<Event>, String> {
    let read = |line: &str| serde_json::from_str(line).map_err(|error| format!("{error}: {line}"));
    text.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
}

#[cfg(test)]
mod tests;

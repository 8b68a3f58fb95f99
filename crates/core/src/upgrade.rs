//! Older schemas: how a text that an earlier core wrote is brought up to the schema of this one, before it is read.
//!
//! Entries and snapshots in stores are never rewritten, so every released schema is read for ever. A chain is over the bytes as they
//! are stored, so it does not change. What an upgrade makes of a released schema never changes either: golden files hold it.
//!
//! | schema | what was different |
//! |---|---|
//! | 0 | never released: it shows that this works. Messages were *added*, and a snapshot's `createdAt` was `created` |

use alloc::borrow::Cow;
use alloc::string::String;

use crate::entry::SCHEMA;
use crate::json::{JsonError, Reader};

/// Why a text is not brought up.
pub(crate) enum Older {
    /// Its schema is later than this core's.
    Later(u32),
    /// It is no object with a schema.
    Malformed(JsonError),
}

/// Brings an entry up to this schema.
pub(crate) fn entry(text: &str) -> Result<Cow<'_, str>, Older> {
    Ok(match schema_of(text)? {
        0 => Cow::Owned(rewritten(text, &mut |key, value, out| match key {
            "\"schema\"" => out.push('1'),
            "\"events\"" => events_of_0(value, out),
            // It is of a state as that schema wrote it, which nobody writes any more.
            "\"digest\"" => out.push_str("null"),
            _ => out.push_str(value),
        })),
        _ => Cow::Borrowed(text),
    })
}

/// Brings a snapshot up to this schema.
pub(crate) fn snapshot(text: &str) -> Result<Cow<'_, str>, Older> {
    Ok(match schema_of(text)? {
        0 => Cow::Owned(rewritten(text, &mut |key, value, out| out.push_str(if key == "\"schema\"" { "1" } else { value }))),
        _ => Cow::Borrowed(text),
    })
}

fn schema_of(text: &str) -> Result<u32, Older> {
    let reader = Reader::new(text);
    let schema = reader.member("schema").map(|mut reader| reader.integer());
    match schema {
        Some(Ok(schema)) if schema > u64::from(SCHEMA) => Err(Older::Later(u32::try_from(schema).unwrap_or(u32::MAX))),
        Some(Ok(schema)) => Ok(schema as u32),
        Some(Err(error)) => Err(Older::Malformed(error.within("schema"))),
        None => Err(Older::Malformed(reader.error("an object with a schema is expected"))),
    }
}

/// Writes an object anew, value by value, with the keys that it has now.
fn rewritten(text: &str, value_of: &mut dyn FnMut(&str, &str, &mut String)) -> String {
    let mut out = String::from("{");
    // What does not read is left for the reader behind to say.
    let _ = Reader::new(text).raw_fields(&mut |key, value| {
        out.push_str(if out.len() > 1 { "," } else { "" });
        out.push_str(if key == "\"created\"" { "\"createdAt\"" } else { key });
        out.push(':');
        value_of(key, value, &mut out);
    });
    out.push('}');
    out
}

fn events_of_0(events: &str, out: &mut String) {
    let items = Reader::new(events).items().unwrap_or_default();
    crate::json::write_list(items, out, |event, out| {
        out.push_str(&rewritten(event, &mut |key, value, out| {
            let is_added = key == "\"kind\"" && value == "\"messageAdded\"";
            out.push_str(if is_added { "\"messageAppended\"" } else { value });
        }));
    });
}

#[cfg(test)]
mod tests;

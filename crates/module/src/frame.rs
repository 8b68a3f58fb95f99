//! The frames that a module writes: `snapshot`, `rejected` and `presence`. Entries are framed by the host, out of bytes that it does
//! not read.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, Object};
use colloq_core::{CommandId, Id, Rejection, Session, Slot};

use crate::door;
use crate::note::{Note, Ready};

/// A `submit` frame. Each command is read by itself, so that one that is malformed does not take the others with it.
#[derive(Default)]
pub(crate) struct Submit<'a> {
    pub(crate) base: u64,
    pub(crate) commands: Vec<&'a str>,
}

impl<'a> Submit<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Rejection> {
        door::read_text(door::text(body)?, |reader| {
            let mut frame = Self::default();
            let mut commands = None;
            reader.object(&mut |reader, key| {
                match key {
                    "base" => frame.base = reader.integer()?,
                    "commands" => commands = Some(reader.items()?),
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            frame.commands = commands.ok_or_else(|| reader.error("commands are missing"))?;
            Ok(frame)
        })
    }
}

/// A `rejected` frame.
pub(crate) fn rejected(session: Id, id: Option<CommandId>, rejection: &Rejection) -> Vec<u8> {
    let mut out = String::with_capacity(192);
    let mut object = Object::open(&mut out);
    object.text("kind", "rejected").field("session", &session).field("id", &id);
    object.text("code", rejection.code.as_str()).text("message", &rejection.message).field("nextOffset", &rejection.next_offset);
    object.close();
    out.into_bytes()
}

/// Writes a `snapshot` frame; `reset` says that the reader's history is not this log's.
pub(crate) fn write_snapshot(session: &Session, reset: bool, out: &mut String) {
    let mut object = Object::open(out);
    object.text("kind", "snapshot").field("session", &session.id).field("chain", &session.head.chain).field("reset", &reset);
    object.key("state").push_str(&session.to_snapshot());
    object.close();
}

/// A `presence` frame as a reply, whose version is the time at which it is no longer so.
pub(crate) fn presence(ticket: u64, slot: &Slot<Note>, now: u64) -> Ready {
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.text("kind", "presence").field("session", &slot.replica.confirmed().id);
    object.key("links").push_str(&slot.presence.to_json(now));
    object.close();
    Ready { ticket, status: 200, version: slot.presence.lapses_at(now).unwrap_or(0), body: out.into_bytes() }
}

/// Writes one line of an export: the session's id, and what a copy of it begins with.
pub(crate) fn write_line(session: &Session, out: &mut String) {
    let mut object = Object::open(out);
    object.text("kind", "session").field("schema", &colloq_core::SCHEMA).field("id", &session.id);
    object.close();
    out.pop();
    out.push(',');
    out.push_str(session.export().to_json().strip_prefix('{').unwrap_or_default());
}

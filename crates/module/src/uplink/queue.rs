//! The commands of an uplink on their way: into `submit` frames, and into a text that outlives the page and is taken over by another.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, JsonError, Object, Reader};
use colloq_core::{CommandId, Id, Pending, Rejection, Request, Stamp, UNACKNOWLEDGED_MAX};

use super::Uplink;
use crate::frame::write_snapshot;
use crate::note::Note;

/// The largest frame that is sent; hosts take 64 KiB.
const FRAME_BYTES_MAX: usize = 60_000;

impl Uplink {
    /// The next `submit` frame: pending commands of one client, in their order.
    pub(super) fn next_submit(&mut self) -> Option<String> {
        if self.sent as u64 >= UNACKNOWLEDGED_MAX {
            return None;
        }
        let first = self.replica.pending().get(self.sent)?;
        let client = first.request.id?.0;
        let mut frame = String::new();
        let mut object = Object::open(&mut frame);
        // The version that the first of them started from: a host that forgot the client since must not take it for a new one.
        object.text("kind", "submit").field("session", &self.replica.confirmed().id).field("base", &first.base);
        object.key("commands").push('[');
        let mut count = 0;
        for pending in self.replica.pending().iter().skip(self.sent) {
            let Some(id) = pending.request.id.filter(|id| id.0 == client) else { break };
            let json = pending.request.command.to_json();
            let room = frame.len() + json.len() + 80 <= FRAME_BYTES_MAX || count == 0;
            if !room || (self.sent + count) as u64 >= UNACKNOWLEDGED_MAX {
                break;
            }
            frame.push_str(if count == 0 { "" } else { "," });
            frame.push_str("{\"id\":");
            id.write(&mut frame);
            frame.push(',');
            frame.push_str(json.strip_prefix('{').unwrap_or_default());
            count += 1;
        }
        for note in self.replica.notes_mut().skip(self.sent).take(count) {
            note.set_times_sent(note.times_sent().saturating_add(1));
        }
        self.sent += count;
        frame.push_str("]}");
        (count > 0).then_some(frame)
    }

    /// The confirmed state as a `snapshot` frame, to be kept and taken again; `None` while there is none.
    pub fn saved(&self) -> Option<String> {
        let confirmed = self.replica.confirmed();
        let mut frame = String::new();
        if confirmed.exists() {
            write_snapshot(confirmed, false, &mut frame);
        }
        (!frame.is_empty()).then_some(frame)
    }

    /// The pending commands of a page as a text to be kept; `None` where there are none.
    pub fn queue(&self, client: Id) -> Option<String> {
        let is_its = |pending: &&Pending<Note>| pending.request.id.is_some_and(|id| is_of(id.0, client));
        let mut out = String::new();
        for pending in self.replica.pending().iter().filter(is_its) {
            out.push(if out.is_empty() { '[' } else { ',' });
            let mut object = Object::open(&mut out);
            object.field("id", &pending.request.id).field("base", &pending.base).field("now", &pending.stamp.now);
            pending.request.command.write(object.key("command"));
            object.close();
        }
        (!out.is_empty()).then(|| out + "]")
    }

    /// Takes over what another client of the same user left behind, with its ids; its commands are numbered from `first` on. Gives how
    /// many there were.
    ///
    /// # Errors
    /// What is wrong with the text; nothing was taken then.
    pub fn adopt(&mut self, queue: &str, first: u32) -> Result<u32, Rejection> {
        let kept = Kept::read_all(queue).map_err(|error| Rejection::malformed(&error))?;
        let command = |kept: &Kept<'_>| Ok(Request::from_json(kept.command)?.command);
        let commands = kept.iter().map(command).collect::<Result<Vec<_>, Rejection>>()?;
        let mut number = first;
        for (command, kept) in commands.into_iter().zip(kept) {
            let request = Request { id: Some(kept.id), once: None, command };
            let stamp = Stamp::new(kept.now, self.actor.clone());
            // It was sent who knows how often: a creation of before may have arrived.
            let mut note = Note::of_page(number);
            note.set_times_sent(1);
            if let Some(settled) = self.replica.adopt(request, kept.base, stamp, note) {
                self.tell(&settled);
            }
            number += 1;
        }
        Ok(number - first)
    }
}

/// Where a page's id counts the sessions that it opened, in two bytes: one that is opened again must not count its commands from a state
/// that was kept before the last of them.
const OPENING_AT: usize = 13;
/// Where it counts how often it had to go on under another one.
const GENERATION_AT: usize = 15;

/// The id under which a page writes a session that it opened as its `nth`.
pub(super) fn opening(client: Id, nth: u16) -> Id {
    let mut bytes = *client.as_bytes();
    bytes[OPENING_AT..GENERATION_AT].copy_from_slice(&nth.to_be_bytes());
    Id::from_bytes(bytes).unwrap_or(client)
}

/// The id under which a page goes on.
pub(super) fn next_generation(client: Id) -> Id {
    let mut bytes = *client.as_bytes();
    bytes[GENERATION_AT] = bytes[GENERATION_AT].wrapping_add(1);
    Id::from_bytes(bytes).unwrap_or(client)
}

/// Whether an id is one of a page's.
fn is_of(id: Id, client: Id) -> bool {
    id.as_bytes()[..OPENING_AT] == client.as_bytes()[..OPENING_AT]
}

/// A command as a queue keeps it.
struct Kept<'a> {
    id: CommandId,
    base: u64,
    now: u64,
    command: &'a str,
}

impl<'a> Kept<'a> {
    fn read_all(queue: &'a str) -> Result<Vec<Self>, JsonError> {
        let mut reader = Reader::new(queue);
        let items = reader.items()?;
        reader.finish()?;
        items.into_iter().map(Self::read).collect()
    }

    fn read(text: &'a str) -> Result<Self, JsonError> {
        let (mut id, mut base, mut now, mut command) = (None, 0, 0, None);
        let mut reader = Reader::new(text);
        reader.object(&mut |reader, key| {
            match key {
                "id" => id = Some(CommandId::read(reader)?),
                "base" => base = reader.integer()?,
                "now" => now = reader.integer()?,
                "command" => command = Some(reader.skip()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let whole = id.zip(command).map(|(id, command)| Self { id, base, now, command });
        whole.ok_or_else(|| reader.error("a command of a queue has an id and a command"))
    }
}

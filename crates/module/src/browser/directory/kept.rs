//! A session as a store or a file has it: a snapshot, the entries behind it, and where they lead.
//!
//! States and entries are read as the texts that they are: they are digested and hashed as they stand.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, JsonError, Object, Reader, write_list};
use colloq_core::{Chain, Head, Id, Message, Recent, Refused, Replica, Session, Slot, Upstream, snapshot_digest, summary_json};

use crate::note::Note;

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Kept<'a> {
    id: Option<Id>,
    state: Option<&'a str>,
    chain: Option<Chain>,
    entries: Vec<&'a str>,
    /// Where it all leads, where that is known.
    head: Option<Head>,
    /// The entries continue what is confirmed here.
    continues: bool,
}

impl<'a> Kept<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let mut kept = Self::default();
        let read: Result<(), JsonError> = Reader::new(text).object(&mut |reader, key| {
            match key {
                "id" => kept.id = Option::read(reader)?,
                "state" => kept.state = Some(reader.skip()?),
                "chain" => kept.chain = Option::read(reader)?,
                "entries" => kept.entries = reader.items()?,
                "head" => kept.head = Option::read(reader)?,
                "continues" => kept.continues = reader.skip()? == "true",
                _ => return Ok(false),
            }
            Ok(true)
        });
        read.map(|()| kept).map_err(|error| error.said())
    }

    /// The session that it makes.
    pub(super) fn session(&self) -> Result<Session, String> {
        let start = match (self.state, self.chain, self.id) {
            (Some(state), Some(chain), _) => Session::from_snapshot(state, chain).map_err(|error| error.said())?,
            (None, _, Some(id)) => Session::vacant(super::APP, id),
            _ => return Err("a state comes with its chain, in /chain".into()),
        };
        let from = start.head;
        let mut replica = Replica::<Note>::new(Upstream::Host, start);
        replica.handle_entries(from, &self.entries).map_err(|why| why.said())?;
        let session = replica.confirmed();
        if &*session.app != super::APP || self.id.is_some_and(|id| id != session.id) {
            return Err("it is another session, in /id".into());
        }
        if !session.exists() || self.head.is_some_and(|head| head != session.head) {
            return Err("it does not make the head that it names, in /head".into());
        }
        Ok(session.clone())
    }

    /// Takes it in the place of what was confirmed, and decides what is pending anew on it.
    pub(super) fn resolve(&self, replica: &mut Replica<Note>) -> Result<Refused<Note>, String> {
        if self.continues {
            return replica.handle_conflict(&self.entries).map(|conflict| conflict.refused).map_err(|why| why.said());
        }
        Ok(replica.handle_history((self.session()?, Recent::new())).1)
    }
}

/// A session as JSON to be read again.
pub(super) fn saved(session: &Session) -> String {
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.field("chain", &session.head.chain);
    object.key("state").push_str(&session.to_snapshot());
    object.close();
    out
}

/// A state with its digest in front.
pub(super) fn sealed(state: &str) -> Result<String, String> {
    let body = state.strip_prefix('{').ok_or("an object is expected")?;
    let digest = snapshot_digest(body).map_err(|error| error.said())?;
    Ok(["{\"digest\":", &digest.to_json(), ",", body].concat())
}

/// The append that is on its way, with what the store's indexes are to hold of the session.
pub(super) fn append(slot: &mut Slot<Note>) -> Option<String> {
    let touched_at = slot.touched_at;
    let tail = slot.replica.view().clone();
    let (expected, entries) = slot.replica.append_in_flight()?;
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.field("expected", &expected).field("user", &tail.user_id);
    object.field("activeMs", &touched_at.max(tail.created_at)).field("deadlineMs", &tail.deadline(touched_at));
    let unanswered = tail.unanswered();
    object.field("waiting", &unanswered.as_ref().map(Message::id));
    object.field("waitingMs", &unanswered.as_ref().map(Message::timestamp));
    object.text("summary", &summary_json(&tail, touched_at));
    write_list(entries.iter(), object.key("heads"), |(_, head), out| head.write(out));
    write_list(entries.iter(), object.key("entries"), |(text, _), out| colloq_core::json::write_text(text, out));
    object.close();
    Some(out)
}

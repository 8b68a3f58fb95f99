//! What changed in a view since it was last looked at, as one text. What did not change is not named, so whoever reads keeps what it has.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, Object, Reader, write_list};
use colloq_core::{Id, Message, Messages, Session, head_json, sort};

/// What was shown last.
#[derive(Default)]
pub(super) struct Shown {
    /// The fields of the session, each with its text.
    head: Vec<(String, String)>,
    head_text: String,
    messages: Messages,
    /// The messages that were pending, by their ids.
    pending: Vec<Id>,
}

impl Shown {
    /// The difference between what was shown last and this view: `{head?: {..}, gone?: [key], messages?: {start, remove, items}}`. `None`
    /// where there is none.
    pub(super) fn changes(&mut self, view: &Session, confirmed: &Session) -> Option<String> {
        let mut out = String::new();
        let mut object = Object::open(&mut out);
        let has_head = self.write_head(view, &mut object);
        let has_messages = self.write_messages(view, confirmed, &mut object);
        object.close();
        (has_head || has_messages).then_some(out)
    }

    fn write_head(&mut self, view: &Session, object: &mut Object<'_>) -> bool {
        let text = head_json(view, view.now);
        if text == self.head_text {
            return false;
        }
        let mut fields = Vec::new();
        // The core wrote the text, so it reads.
        let _ = Reader::new(&text).object(&mut |reader, key| {
            fields.push((String::from(key), String::from(reader.skip()?)));
            Ok(true)
        });
        let known = core::mem::replace(&mut self.head, fields);
        let mut changed = Object::open(object.key("head"));
        for (key, text) in self.head.iter().filter(|field| !known.contains(field)) {
            changed.key(key).push_str(text);
        }
        changed.close();
        let gone = known.iter().filter(|(key, _)| !self.head.iter().any(|(other, _)| other == key));
        write_list(gone, object.key("gone"), |(key, _), out| colloq_core::json::write_text(key, out));
        self.head_text = text;
        true
    }

    fn write_messages(&mut self, view: &Session, confirmed: &Session, object: &mut Object<'_>) -> bool {
        let pending = pending(view, confirmed);
        let (mut start, mut end) = self.messages.common(&view.messages);
        // A message that was pending and no longer is has changed as well, and the other way round.
        let mut flipped = Vec::new();
        for (one, other) in [(&self.pending, &pending), (&pending, &self.pending)] {
            flipped.extend(one.iter().filter(|id| !has(other, **id)));
        }
        sort(&mut flipped, &|one, other| one < other);
        let mut left = flipped.len();
        // The newest are the first to be found.
        for (behind, message) in view.messages.iter().rev().enumerate() {
            if left == 0 {
                break;
            }
            if has(&flipped, message.id()) {
                left -= 1;
                start = start.min(view.messages.len() - behind - 1);
                end = end.min(behind);
            }
        }
        let (before, now) = (self.messages.len(), view.messages.len());
        let remove = before - start - end;
        self.messages = view.messages.clone();
        self.pending = pending;
        if remove == 0 && start + end == now {
            return false;
        }
        let mut splice = Object::open(object.key("messages"));
        splice.field("start", &(start as u64)).field("remove", &(remove as u64));
        let added = view.messages.iter().skip(start).take(now - start - end);
        write_list(added, splice.key("items"), |message, out| {
            out.push_str(&message.json());
            out.pop();
            out.push_str(",\"pending\":");
            has(&self.pending, message.id()).write(out);
            out.push('}');
        });
        splice.close();
        true
    }
}

/// Whether a sorted list has an id. One piece of code for all who ask: the file is smaller.
#[inline(never)]
fn has(list: &[Id], id: Id) -> bool {
    list.binary_search(&id).is_ok()
}

/// The messages of the view that differ from what is confirmed, by their ids.
fn pending(view: &Session, confirmed: &Session) -> Vec<Id> {
    let (start, end) = confirmed.messages.common(&view.messages);
    let differs = |message: &Message<'_>| confirmed.message(message.id()).is_none_or(|known| !known.is_same(message));
    let rest = view.messages.iter().skip(start).take(view.messages.len() - start - end);
    let mut pending: Vec<Id> = rest.filter(differs).map(|message| message.id()).collect();
    sort(&mut pending, &|one, other| one < other);
    pending
}

//! What changed in a view since it was last looked at, as one text. What did not change is not named, so whoever reads keeps what it has.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, Object, Reader, write_list};
use colloq_core::{Id, Message, Messages, Session, head_json, sort};

/// What was shown last.
#[derive(Default)]
pub(crate) struct Shown {
    /// The session without its messages.
    head: String,
    messages: Messages,
    /// The messages that were pending, by their ids.
    pending: Vec<Id>,
}

impl Shown {
    /// The difference between what was shown last and this view: `{head?: {..}, gone?: [key], messages?: {left, start, remove, items}}`.
    /// `None` where there is none. First the `left` oldest messages leave, and places count from there.
    pub(crate) fn changes(&mut self, view: &Session, confirmed: &Session) -> Option<String> {
        let mut out = String::new();
        let mut object = Object::open(&mut out);
        let has_head = self.write_head(view, &mut object);
        let has_messages = self.write_messages(view, confirmed, &mut object);
        object.close();
        (has_head || has_messages).then_some(out)
    }

    fn write_head(&mut self, view: &Session, object: &mut Object<'_>) -> bool {
        let text = head_json(view, view.now);
        if text == self.head {
            return false;
        }
        let known = core::mem::replace(&mut self.head, text);
        let (before, now) = (fields(&known), fields(&self.head));
        let mut changed = Object::open(object.key("head"));
        for (key, text) in now.iter().filter(|field| !before.contains(field)) {
            changed.key(key).push_str(text);
        }
        changed.close();
        let gone = before.iter().filter(|(key, _)| !now.iter().any(|(other, _)| other == key));
        write_list(gone, object.key("gone"), |(key, _), out| colloq_core::json::write_text(key, out));
        true
    }

    fn write_messages(&mut self, view: &Session, confirmed: &Session, object: &mut Object<'_>) -> bool {
        let pending = pending(view, confirmed);
        let left = self.leave(view);
        let (mut start, mut end) = self.messages.common(&view.messages);
        // A message that was pending and no longer is has changed as well, and the other way round.
        let mut flipped = Vec::new();
        for (one, other) in [(&self.pending, &pending), (&pending, &self.pending)] {
            flipped.extend(one.iter().filter(|id| !has(other, **id)));
        }
        sort(&mut flipped, &|one, other| one < other);
        let mut flips = flipped.len();
        // The newest are the first to be found.
        for (behind, message) in view.messages.iter().rev().enumerate() {
            if flips == 0 {
                break;
            }
            if has(&flipped, message.id()) {
                flips -= 1;
                start = start.min(view.messages.len() - behind - 1);
                end = end.min(behind);
            }
        }
        let (before, now) = (self.messages.len(), view.messages.len());
        let remove = before - start - end;
        self.messages = view.messages.clone();
        self.pending = pending;
        if left == 0 && remove == 0 && start + end == now {
            return false;
        }
        let mut splice = Object::open(object.key("messages"));
        splice.field("left", &(left as u64)).field("start", &(start as u64)).field("remove", &(remove as u64));
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

/// The oldest messages.
impl Shown {
    /// Lets go of the messages in front of the view's first one: a long session loses its oldest with each new one. Gives how many.
    fn leave(&mut self, view: &Session) -> usize {
        let first = view.messages.iter().next().and_then(|first| self.messages.position(first.id())).unwrap_or(0);
        self.messages.remove_oldest(first);
        first
    }
}

/// The fields of a head, each with its text. The core wrote it, so it reads, and nothing stands between a key and its value.
fn fields(head: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::with_capacity(16);
    let _ = Reader::new(head).object(&mut |reader, key| {
        let end = reader.position() - 2;
        fields.push((&head[end - key.len()..end], reader.skip()?));
        Ok(true)
    });
    fields
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

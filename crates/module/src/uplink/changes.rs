//! What changed in a view since it was last looked at, as one text. What did not change is not named, so whoever reads keeps what it has.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, Object, write_list};
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
        let out = object.key("head");
        out.push('{');
        let mut is_first = true;
        for field in now.iter().filter(|field| !before.contains(field)) {
            out.push_str(if core::mem::take(&mut is_first) { "" } else { "," });
            out.push_str(field);
        }
        out.push('}');
        let gone = before.iter().filter(|field| !now.iter().any(|other| key(other) == key(field)));
        write_list(gone, object.key("gone"), |field, out| out.push_str(key(field)));
        true
    }

    fn write_messages(&mut self, view: &Session, confirmed: &Session, object: &mut Object<'_>) -> bool {
        if self.pending.is_empty() && view.messages.shares(&self.messages) && view.messages.shares(&confirmed.messages) {
            return false;
        }
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
        let oldest = |messages: &Messages| messages.iter().next().map(|message| message.id());
        let (known, first) = (oldest(&self.messages), oldest(&view.messages));
        let first = first.filter(|_| known != first).and_then(|first| self.messages.position(first)).unwrap_or(0);
        self.messages.remove_oldest(first);
        first
    }
}

/// The fields of a head, each as it stands in the text. The core wrote it: only where it is cut is looked for.
fn fields(head: &str) -> Vec<&str> {
    let mut fields = Vec::with_capacity(16);
    let (mut depth, mut from, mut is_text) = (0, 1, false);
    let mut bytes = head.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => is_text = !is_text,
            b'\\' if is_text => drop(bytes.next()),
            _ if is_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' if depth == 1 => {
                fields.push(&head[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    fields.extend(head.get(from..head.len().saturating_sub(1)));
    fields
}

/// The key of a field, in its quotes.
fn key(field: &str) -> &str {
    field.split_once(':').map_or(field, |(key, _)| key)
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

//! What changed in a view since it was last looked at. What did not change keeps its object.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Reader, write_list};
use colloq_core::{Id, Messages, Session, head_json};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::value;

/// What was shown last.
#[derive(Default)]
pub(super) struct Shown {
    head_text: String,
    head: Vec<Field>,
    messages: Messages,
    /// The messages that were pending.
    pending: Vec<Id>,
}

/// A field of the session: its key, its text, and the object that was made of it.
struct Field {
    key: String,
    text: String,
    value: JsValue,
}

impl Shown {
    /// The difference between what was shown last and this view; undefined where there is none.
    pub(super) fn changes(&mut self, view: &Session, confirmed: &Session) -> JsValue {
        let head = self.head_changes(view);
        let messages = self.message_changes(view, confirmed);
        if head.is_undefined() && messages.is_undefined() {
            return JsValue::UNDEFINED;
        }
        let changes = Object::new();
        set(&changes, "session", &head);
        let none = || splice(0, 0, &Array::new());
        set(&changes, "messages", &if messages.is_undefined() { none() } else { messages });
        changes.into()
    }

    fn head_changes(&mut self, view: &Session) -> JsValue {
        let text = head_json(view, view.now);
        if text == self.head_text {
            return JsValue::UNDEFINED;
        }
        let head = Object::new();
        let mut fields = Vec::new();
        // The core wrote the text, so it reads.
        let _ = Reader::new(&text).object(&mut |reader, key| {
            let text = reader.skip()?;
            let known = self.head.iter().find(|field| field.key == key && field.text == text).map(|field| field.value.clone());
            let value = known.unwrap_or_else(|| value::parse(text));
            set(&head, key, &value);
            fields.push(Field { key: key.into(), text: text.into(), value });
            Ok(true)
        });
        self.head = fields;
        self.head_text = text;
        head.into()
    }

    fn message_changes(&mut self, view: &Session, confirmed: &Session) -> JsValue {
        let pending = pending(view, confirmed);
        let (mut start, mut end) = self.messages.common(&view.messages);
        // A message that was pending and no longer is has changed as well, and the other way round.
        let flipped = self.pending.iter().filter(|id| !pending.contains(id)).chain(pending.iter().filter(|id| !self.pending.contains(id)));
        for at in flipped.filter_map(|id| view.messages.position(*id)) {
            start = start.min(at);
            end = end.min(view.messages.len() - at - 1);
        }
        let (before, now) = (self.messages.len(), view.messages.len());
        let remove = before - start - end;
        let added = view.messages.iter().skip(start).take(now - start - end);
        self.messages = view.messages.clone();
        self.pending = pending;
        if remove == 0 && start + end == now {
            return JsValue::UNDEFINED;
        }
        // One text and one parse for all of them.
        let mut text = String::new();
        write_list(added.clone(), &mut text, |message, out| out.push_str(&message.json()));
        let items: Array = value::parse(&text).unchecked_into();
        for (at, message) in (0..).zip(added) {
            set(items.get(at).unchecked_ref(), "pending", &JsValue::from_bool(self.pending.contains(&message.id())));
        }
        splice(start, remove, &items)
    }
}

/// The messages of the view that differ from what is confirmed.
fn pending(view: &Session, confirmed: &Session) -> Vec<Id> {
    let (start, end) = confirmed.messages.common(&view.messages);
    let differs = |message: &colloq_core::Message<'_>| confirmed.message(message.id()).is_none_or(|known| !known.is_same(message));
    let rest = view.messages.iter().skip(start).take(view.messages.len() - start - end);
    rest.filter(differs).map(|message| message.id()).collect()
}

fn splice(start: usize, remove: usize, items: &Array) -> JsValue {
    let messages = Object::new();
    set(&messages, "start", &JsValue::from_f64(start as f64));
    set(&messages, "remove", &JsValue::from_f64(remove as f64));
    set(&messages, "items", items);
    messages.into()
}

/// Sets a field of an object of ours; that cannot fail.
pub(super) fn set(object: &Object, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(key), value);
}

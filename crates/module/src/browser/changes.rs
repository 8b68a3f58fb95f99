//! What changed in a view since it was last looked at. What did not change keeps its object.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use colloq_core::{Message, Session, head_json};
use js_sys::{Array, Object, Reflect};
use serde_json::value::RawValue;
use wasm_bindgen::{JsCast, JsValue};

use super::value;

/// A message, and whether it is pending.
type Row = (Arc<Message>, bool);

/// What was shown last.
#[derive(Default)]
pub(super) struct Shown {
    head_text: String,
    head: BTreeMap<String, (String, JsValue)>,
    messages: Vec<Row>,
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
        let fields: BTreeMap<String, &RawValue> = serde_json::from_str(&text).unwrap_or_default();
        self.head.retain(|key, _| fields.contains_key(key));
        let head = Object::new();
        for (key, raw) in fields {
            let known = self.head.get(&key).filter(|(text, _)| text == raw.get()).map(|(_, value)| value.clone());
            let value = known.unwrap_or_else(|| value::parse(raw.get()));
            set(&head, &key, &value);
            self.head.insert(key, (raw.get().into(), value));
        }
        self.head_text = text;
        head.into()
    }

    fn message_changes(&mut self, view: &Session, confirmed: &Session) -> JsValue {
        let now = with_pending(view, confirmed);
        let same = |(one, other): &(&Row, &Row)| Arc::ptr_eq(&one.0, &other.0) && one.1 == other.1;
        let start = self.messages.iter().zip(&now).take_while(same).count();
        let rest = self.messages.len().min(now.len()) - start;
        let end = self.messages.iter().rev().zip(now.iter().rev()).take(rest).take_while(same).count();
        let remove = self.messages.len() - start - end;
        let added = &now[start..now.len() - end];
        if remove == 0 && added.is_empty() {
            return JsValue::UNDEFINED;
        }
        let items = Array::new();
        for (message, pending) in added {
            let item = value::parse(&message.json());
            set(item.unchecked_ref(), "pending", &JsValue::from_bool(*pending));
            items.push(&item);
        }
        self.messages = now;
        splice(start, remove, &items)
    }
}

/// Every message of the view, and whether it differs from what is confirmed. Both lists have one order.
fn with_pending(view: &Session, confirmed: &Session) -> Vec<Row> {
    let mut settled = confirmed.messages.iter().peekable();
    view.messages
        .iter()
        .map(|message| {
            while settled.next_if(|other| other.id < message.id && view.message(other.id).is_none()).is_some() {}
            let is_settled = settled.next_if(|other| other.id == message.id).is_some_and(|other| Arc::ptr_eq(other, message));
            (Arc::clone(message), !is_settled)
        })
        .collect()
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

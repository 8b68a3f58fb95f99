//! Values between JavaScript and the core.

use alloc::string::String;

use colloq_core::json::{Json, Object};
use colloq_core::{Actor, Code, Id, Rejection, Request};
use wasm_bindgen::JsValue;

/// A rejection as the JSON of an object to throw: `{code, message}`.
pub(super) fn thrown(rejection: &Rejection) -> JsValue {
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.text("code", rejection.code.as_str()).text("message", &rejection.message);
    object.close();
    JsValue::from_str(&out)
}

/// An id out of text.
pub(super) fn id(text: &str) -> Result<Id, JsValue> {
    text.parse().map_err(|_| malformed("not a UUIDv7"))
}

/// An actor out of its JSON.
pub(super) fn actor(json: &str) -> Result<Actor, JsValue> {
    Actor::from_json(json).map_err(|_| malformed("an actor is {role, id, name?}"))
}

/// A command out of its JSON.
pub(super) fn command(json: &str) -> Result<Request, JsValue> {
    Request::from_json(json).map_err(|rejection| thrown(&rejection))
}

/// What was kept elsewhere and cannot be taken, with the field at fault.
pub(super) fn refused(why: &str) -> JsValue {
    thrown(&Rejection::new(Code::Malformed, String::from(why)))
}

/// What does not read.
pub(super) fn malformed(message: &'static str) -> JsValue {
    thrown(&Rejection::new(Code::Malformed, message))
}

//! Values between JavaScript and the core.

use alloc::string::String;

use colloq_core::json::{Json, Object};
use colloq_core::{Actor, Code, Id, Rejection, Request};
use wasm_bindgen::JsValue;

/// A rejection as a plain object to throw: `{code, message}`.
pub(super) fn thrown(rejection: &Rejection) -> JsValue {
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.text("code", rejection.code.as_str()).text("message", &rejection.message);
    object.close();
    parse(&out)
}

/// A value out of JSON text that the core wrote.
pub(super) fn parse(json: &str) -> JsValue {
    js_sys::JSON::parse(json).unwrap_or(JsValue::UNDEFINED)
}

/// The JSON text of a value.
pub(super) fn stringify(value: &JsValue) -> Result<String, JsValue> {
    js_sys::JSON::stringify(value).ok().and_then(|text| text.as_string()).ok_or_else(|| malformed("not a JSON value"))
}

/// An id out of text.
pub(super) fn id(text: &str) -> Result<Id, JsValue> {
    text.parse().map_err(|_| malformed("not a UUIDv7"))
}

/// An actor out of an object.
pub(super) fn actor(value: &JsValue) -> Result<Actor, JsValue> {
    Actor::from_json(&stringify(value)?).map_err(|_| malformed("an actor is {role, id, name?}"))
}

/// A command out of an object.
pub(super) fn command(value: &JsValue) -> Result<Request, JsValue> {
    Request::from_json(&stringify(value)?).map_err(|rejection| thrown(&rejection))
}

/// What does not read.
pub(super) fn malformed(message: &'static str) -> JsValue {
    thrown(&Rejection::new(Code::Malformed, message))
}

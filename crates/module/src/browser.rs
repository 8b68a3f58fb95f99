//! The face for browsers and Node: `Replica` and `Directory` as classes, and ids.
//!
//! Commands and frames come in as values and texts of JavaScript; what goes out is made of plain objects. No rule stands here.

#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "JavaScript's numbers hold every count and time up to 2^53")]
#![allow(clippy::needless_pass_by_value, reason = "what comes over this boundary is owned")]

mod changes;
pub mod directory;
pub mod replica;
mod value;

use alloc::string::{String, ToString};

use wasm_bindgen::prelude::wasm_bindgen;

/// A new `UUIDv7` from the system's clock and secure random source.
#[wasm_bindgen(js_name = newId)]
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The system's clock, in milliseconds since 1970.
pub(crate) fn clock() -> u64 {
    js_sys::Date::now() as u64
}

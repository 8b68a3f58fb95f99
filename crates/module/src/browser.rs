//! The face for browsers and Node: `Uplink` and `Directory` as classes, and ids.
//!
//! Commands and frames come in as texts, and so does what goes out. No rule stands here.

#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "JavaScript's numbers hold every count and time up to 2^53")]
#![allow(clippy::needless_pass_by_value, reason = "what comes over this boundary is owned")]

pub mod directory;
pub mod uplink;
mod value;

use alloc::string::String;

use colloq_core::Id;
use colloq_core::json::Json;
use wasm_bindgen::prelude::wasm_bindgen;

/// A new `UUIDv7` from the system's clock and secure random source.
#[wasm_bindgen(js_name = newId)]
pub fn new_id() -> String {
    mint().to_json().trim_matches('"').into()
}

/// A new id.
pub(crate) fn mint() -> Id {
    let mut entropy = [0; 16];
    // A page without a secure random source has none for its tokens either.
    getrandom::fill(&mut entropy).expect("the platform has a secure random source");
    Id::mint(clock(), entropy)
}

/// The system's clock, in milliseconds since 1970.
pub(crate) fn clock() -> u64 {
    js_sys::Date::now() as u64
}

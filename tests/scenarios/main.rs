//! The scenarios: what colloq promises, one behaviour a file, played on every engine there is.
//!
//! A folder holds what belongs to one topic; the file beside it, of the same name, lists its behaviours and holds what they share. The
//! transcripts of a scenario, every answer and every entry, have to be the same to the byte on every engine.

#![allow(clippy::needless_pass_by_value, reason = "a body is made where it is sent; a scenario reads better without a reference")]

mod answer;
mod append;
mod batch;
mod conflict;
mod context;
mod counters;
mod create;
mod durable;
mod end;
mod every_file;
mod exactly_once;
mod expiry;
mod fork;
mod history;
mod idempotency;
mod inbox;
mod limits;
mod lines;
mod load;
mod planted_bug;
mod presence;
mod private;
mod regressed;
mod replica;
mod rest;
mod retention;
mod rights;
mod settings;
mod sign_in;
mod stream;
mod subscribe;
mod unknown;

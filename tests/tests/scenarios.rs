//! The scenarios: what colloq promises, written once a behaviour, played on the native core, in wasmtime and in Node.
//!
//! The three transcripts of a scenario, every answer and every entry, have to be the same to the byte.

#[path = "../scenarios/create.rs"]
mod create;

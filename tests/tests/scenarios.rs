//! The scenarios: what colloq promises, written once a behaviour, played on the native core, in wasmtime and in Node.
//!
//! The three transcripts of a scenario, every answer and every entry, have to be the same to the byte.

#![allow(clippy::needless_pass_by_value, reason = "a body is made where it is sent; a scenario reads better without a reference")]

#[path = "../scenarios/answer.rs"]
mod answer;
#[path = "../scenarios/append.rs"]
mod append;
#[path = "../scenarios/batch.rs"]
mod batch;
#[path = "../scenarios/conflict.rs"]
mod conflict;
#[path = "../scenarios/context.rs"]
mod context;
#[path = "../scenarios/create.rs"]
mod create;
#[path = "../scenarios/durable.rs"]
mod durable;
#[path = "../scenarios/end.rs"]
mod end;
#[path = "../scenarios/exactly_once.rs"]
mod exactly_once;
#[path = "../scenarios/expiry.rs"]
mod expiry;
#[path = "../scenarios/lines.rs"]
mod lines;
#[path = "../scenarios/load.rs"]
mod load;
#[path = "../scenarios/replica.rs"]
mod replica;
#[path = "../scenarios/rights.rs"]
mod rights;
#[path = "../scenarios/settings.rs"]
mod settings;
#[path = "../scenarios/stream.rs"]
mod stream;
#[path = "../scenarios/subscribe.rs"]
mod subscribe;

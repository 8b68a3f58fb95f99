//! Tests of colloq as a whole: scenarios written once and run on every engine. Tests may use every crate of the house.
//!
//! Nothing here imitates what can run for real; the one exception is the log store of `World`, which fails on command.

pub mod bench;
pub mod engine;
pub mod fuzz;
pub mod golden;
pub mod history;
pub mod host;
pub mod log;
pub mod page;
pub mod properties;
pub mod sim;
pub mod world;

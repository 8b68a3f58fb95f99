//! Simulation: hosts, pages, callers and a store in one thread and in virtual time, all of it out of one seed.
//!
//! Real is what is under test: the engine with its shards, links and queues over the shipped file, the uplinks of pages, the core on both
//! sides, the memory store's logic. Made up are the network, the clocks, what nobody can foresee, and the store's moods. Nothing here
//! decides a rule: it only says what happens, and afterwards whether everybody agrees.

mod call;
mod ground;
mod heal;
mod http;
mod machine;
mod outside;
mod page;
mod plan;
mod random;
mod run;
mod seat;
mod steps;
mod store;
mod stream;
mod talk;
mod tally;
mod wire;
mod world;

pub use outside::Native;
pub use random::Random;
pub use run::{Outcome, Summary, run, run_keeping, run_many, shrink};
pub use tally::{COUNTS, Class, Count, Tally};

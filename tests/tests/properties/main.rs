//! What holds for every sequence: replicas come to agree, a command takes effect once, a rebase is a replay, and a snapshot with its tail
//! is the whole log.
//!
//! Everything here runs the core itself; only the network and the store are made up, and they do nothing but carry, lose, double and
//! reorder.

mod convergence;
mod cuts;
mod host;
mod network;
mod page;
mod reach;
mod rebase;
mod twice;

//! Hibernation: a session that nobody used for a while leaves the memory and comes back when it is asked for, and nobody can tell.

mod as_before;
mod due;
mod stays;
mod unused;

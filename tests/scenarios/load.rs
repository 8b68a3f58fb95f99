//! Loading: a host that has a session not at hand makes it out of its log, or out of a snapshot and what follows. Both are one state.

mod damaged;
mod digest;
mod least_recent;
mod one_state;
mod stream_goes_on;

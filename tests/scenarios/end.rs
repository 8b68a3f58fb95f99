//! The end of a session: closed for writing, not for reading.

mod for_good;
mod frames;
mod read_not_written;
mod reason;
mod streams_stop;

//! Subscribing from a head: nothing where it is the newest, entries where it is behind, the whole state where it is no head of this log.

mod at_head;
mod behind;
mod no_head_of_this_log;
mod without_head;

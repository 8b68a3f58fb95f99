//! Creating a session: what it begins with, and which ids may begin one.

mod agent;
mod checked;
mod defaults;
mod for_a_user;
mod given;
mod guest;
mod host_defaults;
mod id_taken;
mod id_time;
mod own_only;
mod taken_leaves_no_trace;

//! Who may do what. A session that is not yours does not exist.

mod agents;
mod agents_history;
mod erase;
mod message_kinds;
mod not_yours;

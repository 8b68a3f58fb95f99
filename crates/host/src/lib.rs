//! `colloq-host`: the authoritative host of colloq, as a library and as the binary `colloq`.
//!
//! The engine runs the module over a store; the doors (HTTP, WebSocket) authenticate, carry bodies and send answers. It never links
//! the core: what a body means, only the module knows.

pub mod auth;
pub mod clock;
pub mod config;
mod connect;
pub mod console;
mod embed;
pub mod engine;
mod gauges;
mod limits;
mod patience;
mod problem;
mod reply;
mod revoking;
mod routes;
pub mod server;
mod spans;
mod state;
pub mod transfer;
mod visit;
pub mod watched;

pub use embed::{BuildError, Builder, CallError, Engine, Message, NewMessage, NewSession, Session, SessionState, Stream};
pub use limits::{BadNetwork, Network, Rates};
pub use spans::{BadCollector, Spans};
pub use state::{AppState, DoorSettings};

/// A fresh id of a session; `None` where the system gives no entropy.
pub fn new_session_id() -> Option<uuid::Uuid> {
    routes::session_id::mint(clock::now_ms())
}

//! `colloq-host`: the authoritative host of colloq, as a library and as the binary `colloq`.
//!
//! The engine runs the module over a store; the doors (HTTP, WebSocket) authenticate, carry bodies and send answers. It never links
//! the core: what a body means, only the module knows.

pub mod auth;
pub mod clock;
pub mod config;
mod connect;
pub mod console;
pub mod engine;
mod patience;
mod problem;
mod reply;
mod routes;
pub mod server;
mod state;

pub use state::AppState;

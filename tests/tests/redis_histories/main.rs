//! Histories of hosts over Redis, while its servers are killed, stopped, cut off and moved, and while hosts are replaced by those of another
//! version. Every history is checked: what was acknowledged is there, once and in its order, or it is reported as lost.
//!
//! Servers, hosts and the network between them are real; what a client was told is written down as it was told.

mod faults;
mod isolation;
mod proxy;
mod record;
#[allow(dead_code, unreachable_pub, reason = "tests of the store use it as well")]
#[path = "../../../crates/store-redis/tests/redis/servers.rs"]
mod servers;
#[allow(dead_code, unreachable_pub, reason = "tests of the store use it as well")]
#[path = "../../../crates/store-redis/tests/redis/settings.rs"]
mod settings;
mod single;
mod talk;
mod upgrade;

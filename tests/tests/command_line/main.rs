//! The commands beside `serve`, as processes: backups and what is restored of them, exports and imports, moves from store to store, and
//! looking inside. Every refusal has its code, and leaves everything as it was.

mod backups;
mod damage;
mod inspecting;
mod lines;
mod moves;
mod restores;
mod schedule;
mod secure;
mod stage;
mod tokens;

#[allow(dead_code, unreachable_pub, reason = "tests of the store use it as well")]
#[path = "../../../crates/store-redis/tests/redis/servers.rs"]
mod servers;

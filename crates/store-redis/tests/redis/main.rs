//! The shared store on real servers. Every test says `redis` in its name, so that a run without redis-server can leave them out.

mod conformance;
mod news;
#[allow(dead_code, unreachable_pub, reason = "tests of hosts use it as well")]
mod servers;

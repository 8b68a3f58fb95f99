//! The shared store on real servers. Every test says `redis` in its name, so that a run without redis-server can leave them out.

mod access;
mod conformance;
mod faults;
mod losses;
mod news;
mod outcomes;
mod rows;
#[allow(dead_code, unreachable_pub, reason = "tests of hosts use it as well")]
mod servers;
#[allow(dead_code, unreachable_pub, reason = "tests of hosts use it as well")]
mod settings;
mod tls;

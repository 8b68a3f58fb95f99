//! How much anybody may ask for: requests and frames a minute, by user, by server key and by address.
//!
//! Whoever is over a limit is told how long to wait; a link is simply not read meanwhile. What is remembered of each is bounded: where too
//! many are known at a time, those who are new share one limit.

mod network;

pub use network::{BadNetwork, Network};

pub(crate) use network::{client, is_secure};

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;

use crate::auth::{Grant, Source};
use crate::engine::Role;

/// So many are told apart at a time.
const KEYS_MAX: usize = 1 << 16;
/// How often those are forgotten who did not come for a while, where there is no room.
const FORGET_EVERY: Duration = Duration::from_secs(1);

/// How many requests and frames a minute; `None` for as many as come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// By each user.
    pub user: Option<NonZeroU32>,
    /// By each server key.
    pub key: Option<NonZeroU32>,
    /// From each address.
    pub address: Option<NonZeroU32>,
}

/// See the module's documentation.
pub(crate) struct Limits {
    users: Option<Limit<(Arc<str>, Arc<str>)>>,
    keys: Option<Limit<[u8; 16]>>,
    addresses: Option<Limit<IpAddr>>,
}

/// Whoever asks has to wait so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl Limits {
    pub(crate) fn new(rates: Rates) -> Self {
        Self { users: rates.user.map(Limit::new), keys: rates.key.map(Limit::new), addresses: rates.address.map(Limit::new) }
    }

    /// Something comes from an address, whoever sends it. The addresses of one IPv6 network are one.
    pub(crate) fn check_address(&self, address: Option<IpAddr>) -> Result<(), Wait> {
        match (&self.addresses, address) {
            (Some(limit), Some(address)) => limit.check(&network::household(address)),
            _ => Ok(()),
        }
    }

    /// Somebody asks for something.
    pub(crate) fn check(&self, grant: &Grant) -> Result<(), Wait> {
        let identity = &grant.identity;
        match (&self.users, &self.keys, grant.source) {
            (_, Some(limit), Source::Key) => limit.check(&grant.id),
            (Some(limit), _, Source::Token | Source::Jwt) if identity.role == Role::User => {
                limit.check(&(Arc::clone(&identity.app), Arc::clone(&identity.id)))
            }
            _ => Ok(()),
        }
    }
}

/// One limit for many.
struct Limit<K: Hash + Eq + Clone> {
    each: RateLimiter<K, HashMapStateStore<K>, DefaultClock>,
    /// What those share for whom there is no room.
    rest: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    forgot: Mutex<Instant>,
    keys_max: usize,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(a_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(a_minute);
        let (each, rest) = (RateLimiter::hashmap(quota), RateLimiter::direct(quota));
        Self { each, rest, forgot: Mutex::new(Instant::now()), keys_max: KEYS_MAX }
    }

    fn check(&self, key: &K) -> Result<(), Wait> {
        let has_room = self.each.len() < self.keys_max || self.forget();
        let checked = if has_room { self.each.check_key(key).map(drop) } else { self.rest.check().map(drop) };
        checked.map_err(|until| Wait(until.wait_time_from(DefaultClock::default().now())))
    }

    /// Forgets those who may ask for all that there is; `true` where there is room then.
    fn forget(&self) -> bool {
        let mut forgot = self.forgot.lock();
        if forgot.elapsed() < FORGET_EVERY {
            return false;
        }
        *forgot = Instant::now();
        self.each.retain_recent();
        self.each.len() < self.keys_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Identity;

    fn grant(user: &str, source: Source) -> Grant {
        let identity = Identity::new("default", Role::User, user);
        Grant { identity, sessions: None, issued_ms: 0, expires_ms: None, source, id: [user.len() as u8; 16] }
    }

    #[test]
    fn s09_a_user_asks_so_often_a_minute_and_is_told_how_long_to_wait() {
        let limits = Limits::new(Rates { user: NonZeroU32::new(60), ..Rates::default() });
        for _ in 0..60 {
            assert_eq!(limits.check(&grant("ada", Source::Token)), Ok(()));
        }
        let Err(Wait(wait)) = limits.check(&grant("ada", Source::Jwt)) else { panic!("the sixty-first is too much") };
        assert!(wait <= Duration::from_secs(1) && !wait.is_zero(), "{wait:?}");
        assert_eq!(limits.check(&grant("eve", Source::Token)), Ok(()), "another is another");
        assert_eq!(limits.check(&grant("ada", Source::Key)), Ok(()), "a key is no user");
    }

    #[test]
    fn keys_and_addresses_have_limits_of_their_own() {
        let limits = Limits::new(Rates { key: NonZeroU32::new(1), address: NonZeroU32::new(1), user: None });
        assert!(limits.check(&grant("web", Source::Key)).is_ok() && limits.check(&grant("web", Source::Key)).is_err());
        assert!(limits.check(&grant("other", Source::Key)).is_ok());
        let from = |address: &str| limits.check_address(Some(address.parse().expect("an address")));
        assert!(from("10.0.0.1").is_ok() && from("10.0.0.1").is_err() && from("10.0.0.2").is_ok());
        assert!(from("2001:db8::1").is_ok() && from("2001:db8::ffff:2").is_err(), "who has one address of a network has them all");
        assert!(limits.check_address(None).is_ok());
    }

    #[test]
    fn s13_what_is_remembered_of_clients_is_bounded() {
        let limit = Limit { keys_max: 100, ..Limit::new(NonZeroU32::new(2).expect("two")) };
        let passed = (0..1_000).filter(|key| limit.check(key).is_ok()).count();
        assert!(limit.each.len() <= 100);
        assert_eq!(passed, 102, "a hundred of their own, and two for all others");
    }
}

//! Whose tokens are void, and since when: what this host was told, and what others wrote into the store.
//!
//! It is bounded. Where there is no room for more it forgets the oldest and refuses every token of before it: the door stays closed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use colloq_store::{REVOCATION_KEPT_MS, Revocation};
use parking_lot::RwLock;

use super::grant::Grant;
use crate::engine::Role;

/// So many are at hand.
const REVOKED_MAX: usize = 1 << 20;

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Revoked {
    kept: RwLock<Kept>,
    /// Most hosts have none most of the time.
    is_any: AtomicBool,
}

#[derive(Default)]
struct Kept {
    users: HashMap<(Arc<str>, Arc<str>), u64>,
    tokens: HashMap<[u8; 16], u64>,
    by_age: BTreeSet<Revocation>,
    /// Tokens that were made until then are void, whosever they are.
    floor_ms: u64,
}

impl Revoked {
    /// Takes revocations; gives those that are new.
    pub(super) fn take(&self, revocations: Vec<Revocation>) -> Vec<Revocation> {
        self.take_within(revocations, REVOKED_MAX)
    }

    fn take_within(&self, revocations: Vec<Revocation>, room: usize) -> Vec<Revocation> {
        if revocations.is_empty() {
            return revocations;
        }
        let mut kept = self.kept.write();
        let fresh: Vec<_> = revocations.into_iter().filter(|revocation| kept.insert(revocation)).collect();
        kept.make_room(room);
        self.is_any.store(true, Ordering::Release);
        fresh
    }

    /// Whether a grant is void.
    pub(super) fn covers(&self, grant: &Grant) -> bool {
        if !self.is_any.load(Ordering::Acquire) {
            return false;
        }
        let (kept, identity) = (self.kept.read(), &grant.identity);
        let user = || kept.users.get(&(Arc::clone(&identity.app), Arc::clone(&identity.id)));
        grant.issued_ms <= kept.floor_ms
            || kept.tokens.contains_key(&grant.id)
            || (identity.role == Role::User && user().is_some_and(|at_ms| grant.issued_ms <= *at_ms))
    }
}

impl Kept {
    fn insert(&mut self, revocation: &Revocation) -> bool {
        if !self.by_age.insert(revocation.clone()) {
            return false;
        }
        let at_ms = match revocation.token {
            Some(token) => self.tokens.entry(token).or_insert(0),
            None => self.users.entry((Arc::clone(&revocation.app), Arc::clone(&revocation.user))).or_insert(0),
        };
        *at_ms = revocation.at_ms.max(*at_ms);
        true
    }

    fn make_room(&mut self, room: usize) {
        let newest_ms = self.by_age.last().map_or(0, |last| last.at_ms);
        while let Some(first) = self.by_age.first() {
            let is_old = first.at_ms.saturating_add(REVOCATION_KEPT_MS) < newest_ms;
            if !is_old && self.by_age.len() <= room {
                return;
            }
            let Some(first) = self.by_age.pop_first() else { return };
            if !is_old {
                self.floor_ms = self.floor_ms.max(first.at_ms);
            }
            self.forget(&first);
        }
    }

    fn forget(&mut self, revocation: &Revocation) {
        if let Some(token) = revocation.token {
            self.tokens.remove(&token);
            return;
        }
        let user = (Arc::clone(&revocation.app), Arc::clone(&revocation.user));
        if self.users.get(&user) == Some(&revocation.at_ms) {
            self.users.remove(&user);
        }
    }
}

/// The users whom revocations are about, each once.
pub(super) fn users(revocations: &[Revocation]) -> Vec<(Arc<str>, Arc<str>)> {
    let users: BTreeSet<_> = revocations.iter().map(|revocation| (Arc::clone(&revocation.app), Arc::clone(&revocation.user))).collect();
    users.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Source;
    use crate::engine::Identity;

    fn grant(user: &str, role: Role, issued_ms: u64, id: u8) -> Grant {
        let identity = Identity::new("default", role, user);
        Grant { identity, sessions: None, issued_ms, expires_ms: None, source: Source::Token, id: [id; 16] }
    }

    fn revocation(at_ms: u64, user: &str, token: Option<u8>) -> Revocation {
        Revocation { at_ms, app: "default".into(), user: user.into(), token: token.map(|id| [id; 16]) }
    }

    #[test]
    fn a_user_is_signed_out_of_all_that_was_made_until_then() {
        let revoked = Revoked::default();
        assert!(!revoked.covers(&grant("ada", Role::User, 0, 1)));
        assert_eq!(revoked.take(vec![revocation(1000, "ada", None)]).len(), 1);
        assert_eq!(revoked.take(vec![revocation(1000, "ada", None)]).len(), 0, "it is known");
        assert!(revoked.covers(&grant("ada", Role::User, 1000, 1)));
        assert!(!revoked.covers(&grant("ada", Role::User, 1001, 1)));
        assert!(!revoked.covers(&grant("eve", Role::User, 1000, 1)));
        assert!(!revoked.covers(&grant("ada", Role::Agent, 1000, 1)), "an agent of that name is another");
        revoked.take(vec![revocation(900, "ada", None)]);
        assert!(revoked.covers(&grant("ada", Role::User, 1000, 1)), "an older one takes nothing back");
    }

    #[test]
    fn one_token_goes_alone() {
        let revoked = Revoked::default();
        revoked.take(vec![revocation(1000, "ada", Some(1))]);
        assert!(revoked.covers(&grant("ada", Role::Agent, 5, 1)));
        assert!(!revoked.covers(&grant("ada", Role::User, 5, 2)));
    }

    #[test]
    fn without_room_the_door_stays_closed() {
        let revoked = Revoked::default();
        revoked.take_within((0..10).map(|at| revocation(1000 + at, &format!("user-{at}"), None)).collect(), 4);
        assert_eq!(revoked.kept.read().users.len(), 4);
        for at in 0..10 {
            assert!(revoked.covers(&grant(&format!("user-{at}"), Role::User, 1000, 1)), "{at}");
        }
        assert!(revoked.covers(&grant("bystander", Role::User, 1005, 1)) && !revoked.covers(&grant("bystander", Role::User, 1006, 1)));
    }

    #[test]
    fn the_old_ones_go_without_a_floor() {
        let revoked = Revoked::default();
        revoked.take(vec![revocation(1000, "ada", None), revocation(1001 + REVOCATION_KEPT_MS, "eve", None)]);
        assert!(!revoked.covers(&grant("ada", Role::User, 500, 1)), "no token of then is good any more by its own time");
        assert_eq!(revoked.kept.read().by_age.len(), 1);
    }
}

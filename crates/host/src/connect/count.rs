//! How many links each user has, so that one cannot take them all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::{Identity, Role};

/// An agent or an operator is a program of the app's own and has no such bound.
const LINKS_A_USER_MAX: u32 = 1000;

type User = (Arc<str>, Arc<str>);

/// The links by user. Only users with a link are in it.
#[derive(Clone, Default)]
pub(crate) struct LinkCount {
    users: Arc<Mutex<HashMap<User, u32>>>,
}

/// Counts a link while it lives.
pub(super) struct Counted {
    count: LinkCount,
    user: Option<User>,
}

impl LinkCount {
    /// Counts a link in; `None` where its user has too many.
    pub(super) fn enter(&self, identity: &Identity) -> Option<Counted> {
        let user = (identity.role == Role::User).then(|| (Arc::clone(&identity.app), Arc::clone(&identity.id)));
        if let Some(user) = &user {
            let mut users = self.users.lock();
            let links = users.entry(user.clone()).or_insert(0);
            if *links >= LINKS_A_USER_MAX {
                return None;
            }
            *links += 1;
        }
        Some(Counted { count: self.clone(), user })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(user) = self.user.take() else {
            return;
        };
        if let Entry::Occupied(mut links) = self.count.users.lock().entry(user) {
            *links.get_mut() -= 1;
            if *links.get() == 0 {
                links.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(role: Role) -> Identity {
        Identity::new("default", role, "ada")
    }

    #[test]
    fn a_user_has_so_many_links_and_no_more() {
        let count = LinkCount::default();
        let mut links: Vec<_> = (0..LINKS_A_USER_MAX).map(|_| count.enter(&identity(Role::User))).collect();
        assert!(links.iter().all(Option::is_some));
        assert!(count.enter(&identity(Role::User)).is_none());
        assert!(count.enter(&identity(Role::Agent)).is_some());
        links.pop();
        assert!(count.enter(&identity(Role::User)).is_some());
        links.clear();
        assert!(count.users.lock().is_empty());
    }
}

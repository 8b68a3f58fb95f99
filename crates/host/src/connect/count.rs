//! The links by whose they are: how many each user has, so that one cannot take them all, and a word to each that its owner's tokens
//! are to be looked at again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::engine::{Identity, Role};
use crate::gauges::Gauges;

type Owner = (Arc<str>, Arc<str>);

/// See the module's documentation. Only those with a link are in it.
#[derive(Clone)]
pub(crate) struct LinkCount {
    owners: Arc<Mutex<HashMap<Owner, Links>>>,
    gauges: Arc<Gauges>,
    /// An agent or an operator is a program of the app's own and has no such bound.
    user_max: u32,
}

/// The links of one owner.
struct Links {
    all: u32,
    /// Those of them that it has as a user.
    of_user: u32,
    word: watch::Sender<()>,
}

/// Counts a link while it lives.
pub(super) struct Counted {
    count: LinkCount,
    owner: Owner,
    is_user: bool,
    door: &'static str,
    word: watch::Receiver<()>,
}

impl LinkCount {
    pub(crate) fn new(gauges: Arc<Gauges>, user_max: u32) -> Self {
        Self { owners: Arc::default(), gauges, user_max }
    }

    /// Counts a link in; `None` where its user has too many.
    pub(super) fn enter(&self, identity: &Identity, door: &'static str) -> Option<Counted> {
        let owner = (Arc::clone(&identity.app), Arc::clone(&identity.id));
        let is_user = identity.role == Role::User;
        let mut owners = self.owners.lock();
        let links = owners.entry(owner.clone()).or_insert_with(|| Links { all: 0, of_user: 0, word: watch::Sender::new(()) });
        if is_user && links.of_user >= self.user_max {
            return None;
        }
        links.all += 1;
        links.of_user += u32::from(is_user);
        let word = links.word.subscribe();
        drop(owners);
        self.gauges.note_link(door);
        Some(Counted { count: self.clone(), owner, is_user, door, word })
    }

    /// What some owners' tokens are worth has changed.
    pub(crate) fn tell(&self, changed: &[Owner]) {
        let owners = self.owners.lock();
        for links in changed.iter().filter_map(|owner| owners.get(owner)) {
            links.word.send_replace(());
        }
    }

    /// What anybody's keys are worth may have changed.
    pub(crate) fn tell_all(&self) {
        for links in self.owners.lock().values() {
            links.word.send_replace(());
        }
    }
}

impl Counted {
    /// Answers when what the link's owner brought is to be looked at again. Cancelling loses nothing.
    pub(super) async fn word(&mut self) {
        if self.word.changed().await.is_err() {
            // Nobody is left to say anything.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count.gauges.note_link_gone(self.door);
        if let Entry::Occupied(mut links) = self.count.owners.lock().entry(self.owner.clone()) {
            links.get_mut().all -= 1;
            links.get_mut().of_user -= u32::from(self.is_user);
            if links.get().all == 0 {
                links.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn identity(role: Role) -> Identity {
        Identity::new("default", role, "ada")
    }

    fn count() -> LinkCount {
        LinkCount::new(Arc::new(Gauges::new("memory", "", 1)), 5)
    }

    #[test]
    fn s09_a_user_has_so_many_links_and_no_more() {
        let count = count();
        let mut links: Vec<_> = (0..5).map(|_| count.enter(&identity(Role::User), "websocket")).collect();
        assert!(links.iter().all(Option::is_some));
        assert!(count.enter(&identity(Role::User), "websocket").is_none());
        assert!(count.enter(&identity(Role::Agent), "websocket").is_some());
        links.pop();
        assert!(count.enter(&identity(Role::User), "events").is_some());
        links.clear();
        assert!(count.owners.lock().is_empty());
    }

    #[test]
    fn word_reaches_the_links_of_its_owner() {
        let count = count();
        let mut ada = count.enter(&identity(Role::User), "websocket").expect("there is room");
        let mut eve = count.enter(&Identity::new("default", Role::User, "eve"), "websocket").expect("there is room");
        assert!(ada.word().now_or_never().is_none());
        count.tell(&[("default".into(), "ada".into()), ("default".into(), "nobody".into())]);
        assert!(ada.word().now_or_never().is_some() && eve.word().now_or_never().is_none());
        count.tell_all();
        assert!(ada.word().now_or_never().is_some() && eve.word().now_or_never().is_some());
    }
}

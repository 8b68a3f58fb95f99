//! What watchers were told last of each session, so that a list that was read anew says what they missed: news between hosts may be lost.
//!
//! It must never set back what was told while the list was being read.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use uuid::Uuid;

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Told {
    /// By session what was told (`None`: that it is gone), and when.
    known: BTreeMap<Uuid, (Option<u64>, u64)>,
    clock: u64,
}

impl Told {
    /// Stands for what is told of a session.
    pub(super) fn print(what: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        hasher.finish()
    }

    /// Now; what is noted from here on is later.
    pub(super) fn clock(&self) -> u64 {
        self.clock
    }

    /// Something is told of a session; that it is gone is `None`.
    pub(super) fn note(&mut self, session: Uuid, print: Option<u64>) {
        self.clock += 1;
        self.known.insert(session, (print, self.clock));
    }

    /// Whether what a list says, which was begun to be read at a time, is news; then it is noted as told.
    pub(super) fn is_news(&mut self, session: Uuid, print: u64, since: u64) -> bool {
        let is_news = self.known.get(&session).is_none_or(|(known, at)| *at <= since && *known != Some(print));
        if is_news {
            self.known.insert(session, (Some(print), since));
        }
        is_news
    }

    /// The sessions that were told of and that a whole list, which was begun to be read at a time, does not have; they are forgotten.
    pub(super) fn gone(&mut self, listed: &BTreeSet<Uuid>, since: u64) -> Vec<Uuid> {
        let is_gone = |session: &Uuid, at: u64| at <= since && !listed.contains(session);
        let told = self.known.iter().filter(|(session, (print, at))| print.is_some() && is_gone(session, *at));
        let gone = told.map(|(session, _)| *session).collect();
        self.known.retain(|session, (_, at)| !is_gone(session, *at));
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_what_was_missed_and_nothing_else() {
        let [ada, ben, eve, kim] = [1, 2, 3, 4].map(Uuid::from_u128);
        let mut told = Told::default();
        told.note(ada, Some(1));
        told.note(ben, Some(2));
        told.note(eve, Some(3));
        let since = told.clock();
        // Meanwhile one is told of anew, and one is gone.
        told.note(ada, Some(9));
        told.note(kim, None);
        let listed = [(ada, 1), (ben, 5), (kim, 4)];
        let news: Vec<Uuid> =
            listed.iter().filter(|(session, print)| told.is_news(*session, *print, since)).map(|(session, _)| *session).collect();
        assert_eq!(news, [ben], "what the list says of the others is older than what they were told");
        assert_eq!(told.gone(&listed.map(|(session, _)| session).into(), since), [eve]);
        assert!(!told.is_news(ben, 5, told.clock()) && told.is_news(ada, 1, told.clock()) && told.is_news(eve, 3, told.clock()));
        assert_eq!(told.gone(&BTreeSet::new(), told.clock()), [ada, ben, eve]);
    }
}

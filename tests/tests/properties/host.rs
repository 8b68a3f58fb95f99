//! A host in a network that may lose anything: it decides for its pages, and appends to a log that another host writes as well.

use colloq_core::{Actor, Command, CommandId, Expire, Head, Pending, Replica, Request, Stamp, Submitted, Upstream};
use colloq_tests::properties::{Appended, History, entries_of};

use crate::page::Down;

/// A frame for a page.
pub(crate) type Post = (usize, Down);

/// Who waits for a pending command, and the refusals that were decided on top of it.
#[derive(Debug, Default)]
pub(crate) struct Note {
    page: Option<usize>,
    followers: Vec<Post>,
}

/// What becomes of an append on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It comes to the store, and the host hears of it.
    Fine,
    /// It comes to the store, and the host does not hear of it.
    Unheard,
    /// It never comes to the store.
    Lost,
}

/// See the module's documentation.
pub(crate) struct Host {
    pub(crate) replica: Replica<Note>,
}

impl Host {
    /// A host that loads the session out of a snapshot at a version and what follows.
    pub(crate) fn load(history: &History, cut: usize) -> Self {
        Self { replica: Replica::new(Upstream::Store, history.load(cut.min(history.len()))) }
    }

    /// Takes what others appended, where nothing is pending; `false` where something is.
    pub(crate) fn catch_up(&mut self, history: &History) -> bool {
        if !self.replica.pending().is_empty() {
            return false;
        }
        let head = self.replica.confirmed().head;
        self.replica.handle_entries(head, &history.texts(head.version as usize)).expect("the log continues what a host knows");
        true
    }

    /// Decides the commands of a frame; gives what can be said at once.
    pub(crate) fn submit(&mut self, page: usize, actor: &Actor, base: u64, commands: &[String], now: u64, touched_at: u64) -> Vec<Post> {
        let mut posts = Vec::new();
        for text in commands {
            self.expire(now, touched_at);
            let request = Request::from_json(text).expect("a page sends commands");
            let id = request.id.expect("with their ids");
            let stamp = Stamp::new(now, actor.clone());
            let note = Note { page: Some(page), ..Note::default() };
            // Of what is still pending the first try will be told.
            let is_pending = self.replica.pending().iter().any(|pending| pending.request.id == Some(id));
            let rejected = match self.replica.submit(request, base, stamp, note) {
                Ok(Submitted::Pending(..) | Submitted::Duplicate(None)) => None,
                Ok(Submitted::Duplicate(Some(code))) => Some(code).filter(|_| !is_pending),
                Ok(Submitted::Recorded(used)) => panic!("no page uses keys: {used:?}"),
                Err(rejection) => Some(rejection.code),
            };
            let Some(code) = rejected else { continue };
            // It leaves once what it was decided on is in the store.
            let post = (page, Down::Rejected { id, code });
            match self.replica.last_note_mut() {
                Some(note) => note.followers.push(post),
                None => posts.push(post),
            }
        }
        posts
    }

    /// What time brought about, as hosts look for it before they decide anything.
    pub(crate) fn expire(&mut self, now: u64, touched_at: u64) {
        let view = self.replica.view();
        if view.is_active() && view.deadline(touched_at).is_some_and(|deadline| deadline <= now) {
            let expire = Command::from(Expire { touched_at });
            let stamp = Stamp::new(now, Actor::system());
            self.replica.submit(Request::from(expire), 0, stamp, Note::default()).expect("time is never refused");
        }
    }

    /// A command of a client that no page has, as many tabs would send it.
    pub(crate) fn submit_alone(&mut self, actor: &Actor, id: CommandId, command: Command, now: u64) {
        let base = self.replica.confirmed().head.version;
        let request = Request { id: Some(id), once: None, command };
        let _ = self.replica.submit(request, base, Stamp::new(now, actor.clone()), Note::default());
    }

    /// Hands the next append to the store, or the one in flight again; gives what can be said then, and from where entries are news.
    pub(crate) fn append(&mut self, history: &mut History, fate: Fate) -> (Head, Vec<Post>) {
        let before = self.replica.confirmed().head;
        let append = if self.replica.is_in_flight() { self.replica.append_in_flight() } else { self.replica.poll_append() };
        let Some((expected, count)) = append.map(|(expected, entries)| (expected, entries.len())) else { return (before, Vec::new()) };
        let entries = entries_of(&self.replica, count);
        let appended = if fate == Fate::Lost { None } else { Some(history.append(expected, &entries)) };
        match appended.filter(|_| fate == Fate::Fine) {
            None => (before, Vec::new()),
            Some(Appended::Now | Appended::Already) => {
                let settled = self.replica.handle_appended();
                (before, settled.into_iter().flat_map(posts_of).collect())
            }
            Some(Appended::Conflict) => (before, self.conflict(history, expected)),
        }
    }

    /// Others wrote first. Who was refused without a trace on decisions that fell is told all the same, and asks again.
    fn conflict(&mut self, history: &History, expected: Head) -> Vec<Post> {
        let followers: Vec<Post> = self.replica.notes_mut().flat_map(|note| note.followers.drain(..)).collect();
        let missed = history.texts(expected.version as usize);
        let conflict = self.replica.handle_conflict(&missed).expect("the log continues what a host knows");
        let refused = |(pending, rejection): (Pending<Note>, colloq_core::Rejection)| {
            let page = pending.note.page?;
            Some((page, Down::Rejected { id: pending.request.id?, code: rejection.code }))
        };
        let settled = conflict.settled.into_iter().filter_map(|settled| {
            let (page, id, code) = (settled.note.page?, settled.id?, settled.rejected?);
            Some((page, Down::Rejected { id, code }))
        });
        let refused = conflict.refused.into_iter().filter_map(refused);
        followers.into_iter().chain(conflict.appended.into_iter().flat_map(posts_of)).chain(settled).chain(refused).collect()
    }
}

/// What is said once a command is in the store: that it was rejected, where it was, and what was decided on top of it.
fn posts_of(pending: Pending<Note>) -> Vec<Post> {
    let Note { page, followers } = pending.note;
    let rejection = page.zip(pending.request.id).zip(pending.rejection);
    let own = rejection.map(|((page, id), rejection)| (page, Down::Rejected { id, code: rejection.code }));
    own.into_iter().chain(followers).collect()
}

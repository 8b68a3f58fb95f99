//! The inbox of an app: every session whose newest user message nobody answers.
//!
//! It is of levels, not of edges: a session is in it as long as nobody answers, and comes back when an answer fails. The store's index
//! says what is in it; here are only those who are told when that changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use colloq_store::{Store, StoreError, Topic, Unanswered, Waiting};
use parking_lot::Mutex;
use serde::Serialize;
use uuid::Uuid;

use super::told::Told;
use super::{Covered, Watcher, covers, frame};
use crate::clock::rfc3339;
use crate::engine::hub::{Cut, Link};
use crate::engine::{Engine, EngineError};

/// So many sessions are in one frame at first.
const PAGE: usize = 100;

/// Those who watch, by their app.
pub(in crate::engine) struct Inbox {
    apps: Mutex<BTreeMap<Arc<str>, App>>,
    /// Most hosts have none, and an append is not to wait for a lock then.
    count: AtomicUsize,
    store: Arc<dyn Store>,
    /// Whether others write as well: then is remembered what was told.
    is_shared: bool,
}

/// Those who watch an app's inbox, and what they were told.
#[derive(Default)]
struct App {
    watchers: Vec<Watcher>,
    told: Told,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    session: &'a str,
    message: &'a str,
    user_id: &'a str,
    at: String,
}

fn item(session: Uuid, user: &str, unanswered: Unanswered) -> Vec<u8> {
    let at = rfc3339(unanswered.at_ms);
    let (mut session_text, mut message_text) = (Uuid::encode_buffer(), Uuid::encode_buffer());
    let session = &*session.hyphenated().encode_lower(&mut session_text);
    let message = &*Uuid::from_bytes(unanswered.message).hyphenated().encode_lower(&mut message_text);
    let item = Item { session, message, user_id: user, at };
    serde_json::to_vec(&item).expect("ids and texts always encode")
}

impl App {
    fn send(&mut self, session: Uuid, item: Option<&[u8]>) {
        let frame = frame("inbox", item, item.is_none().then_some(session));
        self.watchers.iter_mut().filter(|watcher| watcher.covers(session)).for_each(|watcher| watcher.send(frame.clone()));
    }
}

impl Inbox {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let is_shared = store.is_shared();
        Self { apps: Mutex::default(), count: AtomicUsize::new(0), store, is_shared }
    }

    /// A session waits for an answer, or no more.
    pub(super) fn tell(&self, app: &str, session: Uuid, user: &str, unanswered: Option<Unanswered>) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut apps = self.apps.lock();
        let Some(app) = apps.get_mut(app) else { return };
        if self.is_shared {
            app.told.note(session, unanswered.map(|unanswered| Told::print(unanswered.message)));
        }
        let item = unanswered.map(|unanswered| item(session, user, unanswered));
        app.send(session, item.as_deref());
    }

    fn enter(&self, app: &Arc<str>, watcher: Watcher) {
        self.leave(&watcher.link, app);
        let mut apps = self.apps.lock();
        self.count.fetch_add(1, Ordering::Relaxed);
        if !apps.contains_key(app) {
            self.store.follow(&Topic::Inbox(Arc::clone(app)));
        }
        apps.entry(Arc::clone(app)).or_default().watchers.push(watcher);
    }

    fn release(&self, app: &str, link: &Link) {
        let mut apps = self.apps.lock();
        let watchers = apps.get_mut(app).into_iter().flat_map(|app| &mut app.watchers);
        watchers.filter(|watcher| watcher.link.id == link.id).for_each(Watcher::release);
    }

    pub(super) fn leave(&self, link: &Link, app: &str) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut apps = self.apps.lock();
        let Some((name, inbox)) = apps.get_key_value(app).map(|(name, _)| Arc::clone(name)).zip(apps.get_mut(app)) else { return };
        let before = inbox.watchers.len();
        inbox.watchers.retain(|watcher| watcher.link.id != link.id);
        self.count.fetch_sub(before - inbox.watchers.len(), Ordering::Relaxed);
        if inbox.watchers.is_empty() {
            apps.remove(app);
            self.store.unfollow(&Topic::Inbox(name));
        }
    }

    /// The apps whose inbox is watched.
    pub(in crate::engine) fn apps(&self) -> Vec<Arc<str>> {
        self.apps.lock().keys().cloned().collect()
    }

    /// Reads an inbox again, and tells its watchers what they missed.
    ///
    /// # Errors
    /// Why the store did not answer.
    pub(in crate::engine) async fn read_again(&self, app: &Arc<str>) -> Result<(), StoreError> {
        let Some(since) = self.apps.lock().get(app).map(|app| app.told.clock()) else { return Ok(()) };
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.unanswered(app, after, PAGE).await?;
            after = page.last().filter(|_| page.len() == PAGE).map(|row| (row.at_ms, row.session));
            rows.extend(page);
            if after.is_none() {
                break;
            }
        }
        let mut apps = self.apps.lock();
        let Some(app) = apps.get_mut(app) else { return Ok(()) };
        let mut listed = BTreeSet::new();
        for row in rows {
            let session = Uuid::from_bytes(row.session);
            listed.insert(session);
            if app.told.is_news(session, Told::print(row.message), since) {
                let item = item(session, &row.user, Unanswered { message: row.message, at_ms: row.at_ms });
                app.send(session, Some(&item));
            }
        }
        for session in app.told.gone(&listed, since) {
            app.send(session, None);
        }
        Ok(())
    }

    /// A watcher was told what was there before.
    fn note(&self, app: &str, rows: &[Waiting]) {
        if self.is_shared
            && let Some(app) = self.apps.lock().get_mut(app)
        {
            for row in rows {
                app.told.is_news(Uuid::from_bytes(row.session), Told::print(row.message), 0);
            }
        }
    }
}

impl Engine {
    /// Has a link watch the inbox of an app: first comes every session that waits, as fast as the link reads, then what changes.
    ///
    /// # Errors
    /// Why the store did not answer; then the link does not watch.
    pub async fn watch_inbox(&self, link: &Link, app: &Arc<str>, covered: Covered) -> Result<(), EngineError> {
        let inbox = &self.inner.watches.inbox;
        inbox.enter(app, Watcher::new(link, covered.clone()));
        let listed = self.list_inbox(link, app, &covered).await;
        if listed.is_ok() {
            inbox.release(app, link);
        } else {
            inbox.leave(link, app);
        }
        listed
    }

    async fn list_inbox(&self, link: &Link, app: &str, covered: &Covered) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let page = self.inner.store.unanswered(app, after, PAGE).await?;
            self.inner.watches.inbox.note(app, &page);
            let seen = page.iter().filter(|row| covers(covered, Uuid::from_bytes(row.session)));
            let items: Vec<_> = seen
                .map(|row| item(Uuid::from_bytes(row.session), &row.user, Unanswered { message: row.message, at_ms: row.at_ms }))
                .collect();
            // The first one also says that there is nothing.
            if after.is_none() || !items.is_empty() {
                link.send(frame("inbox", items.iter().map(Vec::as_slice), []));
            }
            after = page.last().filter(|_| page.len() == PAGE).map(|row| (row.at_ms, row.session));
            if after.is_none() {
                return Ok(());
            }
            if !link.room().await {
                link.cut(Cut::Slow);
                return Ok(());
            }
        }
    }
}

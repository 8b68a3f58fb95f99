//! Lists of sessions that are live: a user's, with what changes in it.
//!
//! Changes are gathered, so that a stream of tokens tells of its session a few times a second and not with each.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use colloq_store::{Page, Store, StoreError, Topic};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::told::Told;
use super::{Covered, Watcher, covers, frame};
use crate::engine::hub::Link;
use crate::engine::{Engine, EngineError};

/// After a frame the next one waits so long for more to tell.
const GATHER_TIME: Duration = Duration::from_millis(200);
const LIMIT_MAX: usize = 200;

/// The live lists, by app and user.
pub(in crate::engine) struct Lists {
    apps: Mutex<BTreeMap<Arc<str>, Users>>,
    count: AtomicUsize,
    store: Arc<dyn Store>,
    /// Whether others write as well: then is remembered what was told.
    is_shared: bool,
}

/// The lists of an app, by their users.
type Users = BTreeMap<Arc<str>, List>;

/// A user's list.
#[derive(Default)]
struct List {
    watchers: Vec<Watcher>,
    /// What changed since the last frame: a session's summary, or that it is gone.
    news: Vec<(Uuid, Option<Bytes>)>,
    /// Until when news are gathered; a task waits for that where there are some.
    gather_until: Option<Instant>,
    told: Told,
}

impl List {
    fn note(&mut self, session: Uuid, summary: Option<Bytes>) {
        match self.news.iter_mut().find(|(other, _)| *other == session) {
            Some((_, news)) => *news = summary,
            None => self.news.push((session, summary)),
        }
    }

    /// Tells the watchers what changed, each of what they may see.
    fn flush(&mut self) {
        let news = take(&mut self.news);
        for watcher in &mut self.watchers {
            let seen = || news.iter().filter(|(session, _)| covers(&watcher.covered, *session));
            let upsert = seen().filter_map(|(_, summary)| summary.as_deref());
            let remove = seen().filter(|(_, summary)| summary.is_none()).map(|(session, _)| *session);
            if seen().next().is_some() {
                let frame = frame("sessions", upsert, remove);
                watcher.send(frame);
            }
        }
    }
}

impl Lists {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let is_shared = store.is_shared();
        Self { apps: Mutex::default(), count: AtomicUsize::new(0), store, is_shared }
    }

    /// A session of a user changed (its summary), or is no more one of theirs.
    pub(super) fn tell(self: &Arc<Self>, app: &str, user: &str, session: Uuid, summary: Option<&Bytes>) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut apps = self.apps.lock();
        let Some(list) = apps.get_mut(app).and_then(|users| users.get_mut(user)) else { return };
        let was_empty = list.news.is_empty();
        if self.is_shared {
            list.told.note(session, summary.map(Told::print));
        }
        list.note(session, summary.cloned());
        let now = Instant::now();
        match list.gather_until.filter(|until| *until > now) {
            Some(until) if was_empty => {
                let (weak, app, user) = (Arc::downgrade(self), Box::<str>::from(app), Box::<str>::from(user));
                tokio::spawn(async move {
                    sleep_until(until).await;
                    if let Some(lists) = weak.upgrade() {
                        lists.flush(&app, &user);
                    }
                });
            }
            Some(_) => {}
            None => {
                list.gather_until = Some(now + GATHER_TIME);
                list.flush();
            }
        }
    }

    fn flush(&self, app: &str, user: &str) {
        if let Some(list) = self.apps.lock().get_mut(app).and_then(|users| users.get_mut(user)) {
            list.gather_until = Some(Instant::now() + GATHER_TIME);
            list.flush();
        }
    }

    fn enter(&self, app: &Arc<str>, user: &Arc<str>, watcher: Watcher) {
        self.leave(&watcher.link, app, user);
        let mut apps = self.apps.lock();
        self.count.fetch_add(1, Ordering::Relaxed);
        let users = apps.entry(Arc::clone(app)).or_default();
        if !users.contains_key(user) {
            self.store.follow(&Topic::List { app: Arc::clone(app), user: Arc::clone(user) });
        }
        users.entry(Arc::clone(user)).or_default().watchers.push(watcher);
    }

    /// The lists that are watched, by app and user.
    pub(in crate::engine) fn watched(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let apps = self.apps.lock();
        apps.iter().flat_map(|(app, users)| users.keys().map(|user| (Arc::clone(app), Arc::clone(user)))).collect()
    }

    /// Reads a list again, and tells its watchers what they missed.
    ///
    /// # Errors
    /// Why the store did not answer.
    pub(in crate::engine) async fn read_again(&self, app: &Arc<str>, user: &Arc<str>) -> Result<(), StoreError> {
        let since = self.apps.lock().get(app).and_then(|users| users.get(user)).map(|list| list.told.clock());
        let Some(since) = since else { return Ok(()) };
        let page = self.store.list(app, user, None, LIMIT_MAX).await?;
        let mut apps = self.apps.lock();
        let Some(list) = apps.get_mut(app).and_then(|users| users.get_mut(user)) else { return Ok(()) };
        let mut listed = BTreeSet::new();
        for row in page.items {
            let session = Uuid::from_bytes(row.session);
            listed.insert(session);
            if list.told.is_news(session, Told::print(&row.summary), since) {
                list.note(session, Some(row.summary));
            }
        }
        // What a page does not have may stand behind it.
        if page.next.is_none() {
            for session in list.told.gone(&listed, since) {
                list.note(session, None);
            }
        }
        list.flush();
        Ok(())
    }

    /// A watcher was told what was there before.
    fn note(&self, app: &str, user: &str, page: &Page) {
        if self.is_shared
            && let Some(list) = self.apps.lock().get_mut(app).and_then(|users| users.get_mut(user))
        {
            for row in &page.items {
                list.told.is_news(Uuid::from_bytes(row.session), Told::print(&row.summary), 0);
            }
        }
    }

    fn release(&self, app: &str, user: &str, link: &Link) {
        let mut apps = self.apps.lock();
        let list = apps.get_mut(app).and_then(|users| users.get_mut(user));
        let watchers = list.into_iter().flat_map(|list| &mut list.watchers);
        watchers.filter(|watcher| watcher.link.id == link.id).for_each(Watcher::release);
    }

    pub(super) fn leave(&self, link: &Link, app: &str, user: &str) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut apps = self.apps.lock();
        let Some(users) = apps.get_mut(app) else { return };
        let Some(list) = users.get_mut(user) else { return };
        let before = list.watchers.len();
        list.watchers.retain(|watcher| watcher.link.id != link.id);
        self.count.fetch_sub(before - list.watchers.len(), Ordering::Relaxed);
        if list.watchers.is_empty() {
            users.remove(user);
            self.store.unfollow(&Topic::List { app: app.into(), user: user.into() });
        }
    }
}

impl Engine {
    /// Has a link watch the list of a user's sessions: first the newest of them, then what changes in any.
    ///
    /// # Errors
    /// Why the store did not answer; then the link does not watch.
    pub async fn watch_sessions(
        &self,
        link: &Link,
        app: &Arc<str>,
        user: &Arc<str>,
        covered: Covered,
        limit: usize,
    ) -> Result<(), EngineError> {
        let lists = &self.inner.watches.lists;
        lists.enter(app, user, Watcher::new(link, covered.clone()));
        match self.list(app, user, None, limit.clamp(1, LIMIT_MAX)).await {
            Ok(page) => {
                lists.note(app, user, &page);
                let seen = page.items.iter().filter(|row| covers(&covered, Uuid::from_bytes(row.session)));
                link.send(frame("sessions", seen.map(|row| &row.summary[..]), []));
                lists.release(app, user, link);
                Ok(())
            }
            Err(error) => {
                lists.leave(link, app, user);
                Err(error)
            }
        }
    }
}

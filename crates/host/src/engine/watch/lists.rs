//! Lists of sessions that are live: a user's, with what changes in it.
//!
//! Changes are gathered, so that a stream of tokens tells of its session a few times a second and not with each.

use std::collections::HashMap;
use std::mem::take;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::{Covered, Watcher, covers, frame};
use crate::engine::hub::Link;
use crate::engine::{Engine, EngineError};

/// After a frame the next one waits so long for more to tell.
const GATHER_TIME: Duration = Duration::from_millis(200);
const LIMIT_MAX: usize = 200;

/// The live lists, by app and user.
#[derive(Default)]
pub(in crate::engine) struct Lists {
    apps: Mutex<HashMap<Arc<str>, Users>>,
    count: AtomicUsize,
}

/// The lists of an app, by their users.
type Users = HashMap<Arc<str>, List>;

/// A user's list.
#[derive(Default)]
struct List {
    watchers: Vec<Watcher>,
    /// What changed since the last frame: a session's summary, or that it is gone.
    news: Vec<(Uuid, Option<Bytes>)>,
    /// Until when news are gathered; a task waits for that where there are some.
    gather_until: Option<Instant>,
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
    /// A session of a user changed (its summary), or is no more one of theirs.
    pub(super) fn tell(self: &Arc<Self>, app: &str, user: &str, session: Uuid, summary: Option<&Bytes>) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut apps = self.apps.lock();
        let Some(list) = apps.get_mut(app).and_then(|users| users.get_mut(user)) else { return };
        let was_empty = list.news.is_empty();
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
        apps.entry(Arc::clone(app)).or_default().entry(Arc::clone(user)).or_default().watchers.push(watcher);
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

//! A host's way to the store: each answer has its fate, and none comes once the host is dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use colloq_store::{
    Append, AppendError, Found, Head, Key, Loaded, MemoryStore, Page, Pending, PrivateError, Record, Snapshot, Store, StoreError, Touch,
    Waiting,
};
use futures_util::FutureExt;
use tokio::time::sleep;

use super::journal::Deed;
use super::weather::Fate;
use super::{SimStore, short_key};
use crate::sim::tally::Count;

/// See the module's documentation.
pub(crate) struct Door {
    store: Arc<SimStore>,
    who: u64,
    is_shared: bool,
    is_dead: Arc<AtomicBool>,
}

impl Door {
    pub(crate) fn new(store: Arc<SimStore>, who: u64, is_shared: bool) -> Self {
        Self { store, who, is_shared, is_dead: Arc::default() }
    }

    /// The host dies when this is set.
    pub(crate) fn death(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_dead)
    }

    fn fate(&self) -> Fate {
        let state = &mut *self.store.state.lock();
        let fate = state.weather.fate(&mut state.random);
        let ground = &self.store.ground;
        match fate {
            Fate::Later(before, after) if before + after >= 5_000 => ground.count(Count::StoreSlow),
            Fate::Later(..) => ground.count(Count::StoreLate),
            Fate::Now | Fate::Unknown { .. } | Fate::Unavailable(_) => {}
        }
        fate
    }

    /// A read, or a change that may be asked for again: it is never unknown.
    fn ask<T: Send + 'static>(
        &self,
        what: &'static str,
        key: Option<&Key>,
        work: impl FnOnce(&MemoryStore) -> T + Send + 'static,
    ) -> Pending<Result<T, StoreError>> {
        let (store, is_dead, who) = (Arc::clone(&self.store), Arc::clone(&self.is_dead), self.who);
        let name = key.map(short_key).unwrap_or_default();
        let run = move |store: &SimStore| {
            store.ground.note(format_args!("store: host {who} {what} {name}"));
            let memory = Arc::clone(&store.state.lock().memory);
            work(&memory)
        };
        let (before, after, is_there) = match self.fate() {
            Fate::Now => return Box::pin(std::future::ready(Ok(run(&store)))),
            Fate::Later(before, after) => (before, after, true),
            Fate::Unknown { wait, .. } | Fate::Unavailable(wait) => (wait, 0, false),
        };
        let owed = Owed::new(&store);
        Box::pin(async move {
            sleep(Duration::from_millis(before)).await;
            if !is_there {
                drop(owed);
                live(&is_dead).await;
                return Err(unavailable());
            }
            let answer = run(&store);
            sleep(Duration::from_millis(after)).await;
            drop(owed);
            live(&is_dead).await;
            Ok(answer)
        })
    }

    /// A change that goes on when its caller does not.
    fn change<T: Send + 'static>(
        &self,
        deed: Deed,
        work: impl FnOnce(&MemoryStore) -> T + Send + 'static,
        what: &'static str,
        key: &Key,
    ) -> Pending<Result<T, StoreError>> {
        let store = Arc::clone(&self.store);
        let asked = self.ask(what, Some(key), move |memory| {
            let done = work(memory);
            store.state.lock().journal.push(deed);
            done
        });
        let (sender, receiver) = tokio::sync::oneshot::channel();
        tokio::spawn(async move { drop(sender.send(asked.await)) });
        Box::pin(async move { receiver.await.unwrap_or_else(|_| Err(unavailable())) })
    }
}

/// An answer that is still to come.
struct Owed(Arc<SimStore>);

impl Owed {
    fn new(store: &Arc<SimStore>) -> Self {
        store.owed.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(store))
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.0.owed.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whoever is dead waits for ever.
async fn live(is_dead: &AtomicBool) {
    if is_dead.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("the simulation says no".into())
}

fn unknown() -> AppendError {
    AppendError::Unknown(unavailable())
}

/// Carries an append out as its fate says; gives what the host is told.
async fn carry(store: &SimStore, append: &Append, fate: Fate, is_dead: &AtomicBool) -> Result<(), AppendError> {
    let pause = |ms| sleep(Duration::from_millis(ms));
    match fate {
        Fate::Now => store.append_now(append),
        Fate::Later(before, after) => {
            pause(before).await;
            // What a dead host had sent may have been on its way.
            if is_dead.load(Ordering::Relaxed) && before % 2 == 0 {
                return Err(unknown());
            }
            let result = store.append_now(append);
            pause(after).await;
            result
        }
        Fate::Unknown { done_before: true, wait, .. } => {
            store.ground.count(Count::UnknownDone);
            let _ = store.append_now(append);
            pause(wait).await;
            Err(unknown())
        }
        Fate::Unknown { wait, done_after, .. } => {
            store.ground.count(if done_after.is_some() { Count::UnknownLater } else { Count::UnknownUndone });
            pause(wait).await;
            Err(unknown())
        }
        Fate::Unavailable(wait) => {
            store.ground.count(Count::StoreUnavailable);
            pause(wait).await;
            Err(AppendError::Store(unavailable()))
        }
    }
}

impl Store for Door {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }

    fn append(&self, append: Append) -> Pending<Result<(), AppendError>> {
        let (store, who, is_dead) = (Arc::clone(&self.store), self.who, Arc::clone(&self.is_dead));
        store.begin(who, &append);
        let fate = self.fate();
        if fate == Fate::Now {
            let result = store.append_now(&append);
            store.told(who, &append, &result);
            return Box::pin(std::future::ready(result));
        }
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let owed = Owed::new(&store);
        tokio::spawn(async move {
            let result = carry(&store, &append, fate, &is_dead).await;
            drop(owed);
            live(&is_dead).await;
            store.told(who, &append, &result);
            let _ = sender.send(result);
            if let Fate::Unknown { done_after: Some(wait), .. } = fate {
                sleep(Duration::from_millis(wait)).await;
                let _ = store.append_now(&append);
            }
        });
        Box::pin(async move { receiver.await.unwrap_or_else(|_| Err(unknown())) })
    }

    fn load(&self, key: &Key) -> Pending<Result<Option<Loaded>, StoreError>> {
        let (own, ground) = (key.clone(), Arc::clone(&self.store.ground));
        self.ask("loads", Some(key), move |memory| {
            let loaded = now(memory.load(&own));
            if let Some(loaded) = &loaded {
                ground.count(if loaded.snapshot.is_some() { Count::LoadedSnapshot } else { Count::Loaded });
            }
            loaded
        })
    }

    fn head(&self, key: &Key) -> Pending<Result<Found, StoreError>> {
        let (own, store, who) = (key.clone(), Arc::clone(&self.store), self.who);
        self.ask("looks at", Some(key), move |memory| {
            let found = now(memory.head(&own));
            // Whoever is told that a session was erased lets it go.
            if found == Found::Erased {
                SimStore::forget_session(&mut store.state.lock(), who, &own);
            }
            found
        })
    }

    fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Pending<Result<Option<Vec<Record>>, StoreError>> {
        let (own, ground) = (key.clone(), Arc::clone(&self.store.ground));
        self.ask("reads on", Some(key), move |memory| {
            let found = now(memory.entries_after(&own, after, max_bytes));
            // Only a look takes all that there is.
            if max_bytes == usize::MAX && found.as_ref().is_some_and(|records| !records.is_empty()) {
                ground.count(Count::Looked);
            }
            found
        })
    }

    fn put_snapshot(&self, key: &Key, snapshot: Snapshot) -> Pending<Result<(), StoreError>> {
        let (own, deed) = (key.clone(), Deed::Snapshot(key.clone(), snapshot.clone()));
        self.change(deed, move |memory| now(memory.put_snapshot(&own, snapshot)), "keeps a snapshot of", key)
    }

    fn touch(&self, key: &Key, touch: Touch) {
        let mut state = self.store.state.lock();
        state.memory.touch(key, touch);
        state.journal.push(Deed::Touch(key.clone(), touch));
    }

    fn rest(&self, key: &Key) {
        let state = &mut *self.store.state.lock();
        SimStore::forget_session(state, self.who, key);
        state.memory.rest(key);
    }

    fn erase(&self, key: &Key, now_ms: u64) -> Pending<Result<bool, StoreError>> {
        // Whoever has a session erased has let it go.
        SimStore::forget_session(&mut self.store.state.lock(), self.who, key);
        let (own, ground) = (key.clone(), Arc::clone(&self.store.ground));
        let work = move |memory: &MemoryStore| {
            ground.count(Count::Erased);
            now(memory.erase(&own, now_ms))
        };
        self.change(Deed::Erase(key.clone(), now_ms), work, "erases", key)
    }

    fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Page, StoreError>> {
        let (app, user) = (app.to_owned(), user.to_owned());
        self.ask("lists", None, move |memory| now(memory.list(&app, &user, after, limit)))
    }

    fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Vec<Waiting>, StoreError>> {
        let app = app.to_owned();
        self.ask("lists", None, move |memory| now(memory.unanswered(&app, after, limit)))
    }

    fn head_at(&self, key: &Key, version: u64) -> Pending<Result<Option<Head>, StoreError>> {
        let own = key.clone();
        self.ask("looks into", Some(key), move |memory| now(memory.head_at(&own, version)))
    }

    fn due(&self, now_ms: u64, limit: usize) -> Pending<Result<Vec<Key>, StoreError>> {
        // Asked for every two seconds by every host: it is never late, for nothing rests on that.
        let memory = Arc::clone(&self.store.state.lock().memory);
        memory.due(now_ms, limit)
    }

    fn flush(&self) -> Pending<Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn put_private(&self, key: &Key, name: &str, value: Option<Bytes>) -> Pending<Result<(), PrivateError>> {
        let (own, name) = (key.clone(), name.to_owned());
        let deed = Deed::Private(key.clone(), name.clone(), value.clone());
        let changing = self.change(deed, move |memory| memory.put_private(&own, &name, value), "keeps something of", key);
        Box::pin(async move { changing.await?.await })
    }

    fn private(&self, key: &Key, name: &str) -> Pending<Result<Option<Bytes>, StoreError>> {
        let (own, name) = (key.clone(), name.to_owned());
        self.ask("reads", Some(key), move |memory| now(memory.private(&own, &name)))
    }

    fn privates(&self, key: &Key) -> Pending<Result<Vec<String>, StoreError>> {
        let own = key.clone();
        self.ask("reads", Some(key), move |memory| now(memory.privates(&own)))
    }
}

/// What memory answers, which it does at once.
fn now<T>(pending: Pending<Result<T, StoreError>>) -> T {
    pending.now_or_never().and_then(Result::ok).expect("memory answers at once and never fails")
}

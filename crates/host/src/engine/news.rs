//! News from other hosts of a shared store: a session that moved is looked at, at once and once, however often it is said; watchers are
//! told what changed elsewhere, and behind that comes a slow poll.
//!
//! What is heard is believed of nothing but that a look is worth it.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use colloq_store::{Key, News, Topic};
use parking_lot::Mutex;
use tokio::time::{sleep, timeout};

use super::Inner;

/// The longest that a look is waited for; the poll comes behind it.
const LOOK_MAX: Duration = Duration::from_secs(5);

/// How often what is watched is read again, whatever was heard of it.
const READ_EVERY: Duration = Duration::from_secs(10);

/// The sessions that are being looked at, and whether they moved again meanwhile.
#[derive(Default)]
pub(super) struct Looking(Mutex<HashMap<Key, bool>>);

/// Listens until the engine is gone.
pub(super) fn start(inner: &Arc<Inner>) {
    let weak = Arc::downgrade(inner);
    inner.store.listen(Arc::new(move |news| {
        if let Some(inner) = weak.upgrade() {
            hear(&inner, &weak, news);
        }
    }));
    tokio::spawn(read_now_and_then(Arc::downgrade(inner)));
}

fn hear(inner: &Inner, weak: &Weak<Inner>, news: News) {
    match news.topic {
        Topic::Session(key) if news.body.is_empty() => {
            inner.shard(&key).ask_elsewhere(&key);
            let mut looking = inner.looking.0.lock();
            if let Some(again) = looking.get_mut(&key) {
                *again = true;
                return;
            }
            looking.insert(key.clone(), false);
            tokio::spawn(look_until_still(weak.clone(), key));
        }
        Topic::Session(key) => inner.shard(&key).hear_elsewhere(&key, &news.body),
        topic if news.body.is_empty() => {
            let weak = weak.clone();
            tokio::spawn(async move {
                if let Some(inner) = weak.upgrade() {
                    inner.read_again(&topic).await;
                }
            });
        }
        topic => inner.watches.hear(&topic, &news.body),
    }
}

impl Inner {
    /// Reads again what watchers watch, and tells them what they missed.
    async fn read_again(&self, topic: &Topic) {
        let read = match topic {
            Topic::Inbox(app) => self.watches.inbox.read_again(app).await,
            Topic::List { app, user } => self.watches.lists.read_again(app, user).await,
            Topic::Session(_) => Ok(()),
        };
        if let Err(error) = read {
            tracing::warn!(%error, ?topic, "the store does not say what was missed");
        }
    }
}

/// Reads all that is watched again now and then: what is told may be lost on its way.
async fn read_now_and_then(weak: Weak<Inner>) {
    loop {
        sleep(READ_EVERY).await;
        let Some(inner) = weak.upgrade() else { return };
        for shard in &inner.shards {
            shard.renew_elsewhere(inner.outside.now_ms());
        }
        for app in inner.watches.inbox.apps() {
            inner.read_again(&Topic::Inbox(app)).await;
        }
        for (app, user) in inner.watches.lists.watched() {
            inner.read_again(&Topic::List { app, user }).await;
        }
    }
}

async fn look_until_still(weak: Weak<Inner>, key: Key) {
    loop {
        let Some(inner) = weak.upgrade() else { return };
        let shard = inner.shard(&key);
        // An append that is on its way will say where the store stands.
        if shard.settled(&key).is_none()
            && let Ok(Err(error)) = timeout(LOOK_MAX, inner.look_now(shard, &key)).await
        {
            tracing::warn!(%error, ?key, "the store does not say where a session stands");
        }
        let mut looking = inner.looking.0.lock();
        match looking.get_mut(&key) {
            Some(again) if *again => *again = false,
            _ => {
                looking.remove(&key);
                return;
            }
        }
    }
}

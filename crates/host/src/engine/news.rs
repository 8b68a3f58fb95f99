//! News from other hosts of a shared store: a session that moved is looked at, at once and once, however often it is said.
//!
//! What is heard is believed of nothing but that a look is worth it.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use colloq_store::{Key, News, Topic};
use parking_lot::Mutex;
use tokio::time::timeout;

use super::Inner;

/// The longest that a look is waited for; the poll comes behind it.
const LOOK_MAX: Duration = Duration::from_secs(5);

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
}

fn hear(inner: &Inner, weak: &Weak<Inner>, news: News) {
    match news.topic {
        Topic::Session(key) if news.body.is_empty() => {
            let mut looking = inner.looking.0.lock();
            if let Some(again) = looking.get_mut(&key) {
                *again = true;
                return;
            }
            looking.insert(key.clone(), false);
            tokio::spawn(look_until_still(weak.clone(), key));
        }
        _ => {}
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

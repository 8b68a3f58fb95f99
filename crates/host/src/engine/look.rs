//! Looking at the store, where others write to it as well or it may go back behind what it acknowledged: before a session is read, and
//! now and then while links follow one. What others wrote is taken over and told; what the store lost it is given again, or it is
//! reported as lost.
//!
//! It never decides what a head means: the module does.

use std::sync::{Arc, Weak};
use std::time::Duration;

use colloq_store::{Found, Head, Key, Loaded};
use tokio::time::{sleep, timeout};

use super::shard::{Looked, Shard, with_older};
use super::{EngineError, Inner, Op};

/// How often sessions are looked at that links follow.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a session is looked at that does not stand still, before it is shown as it is.
const LOOKS_MAX: usize = 4;
/// The longest that one of them is waited for.
const LOOK_MAX: Duration = Duration::from_secs(5);
/// The longest that a read waits for an append that is on its way.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Whether a call shows a session as the store has it.
pub(super) fn shows(op: &Op<'_>) -> bool {
    matches!(op, Op::Read { .. } | Op::ListMessages { .. } | Op::ReadMessage(_) | Op::Subscribe { .. } | Op::Fork | Op::Export)
}

/// Looks at what links follow, until the engine is gone.
pub(super) fn start(inner: &Arc<Inner>) {
    let weak = Arc::downgrade(inner);
    tokio::spawn(async move {
        while look_at_followed(&weak).await {
            sleep(LOOK_EVERY).await;
        }
    });
}

async fn look_at_followed(weak: &Weak<Inner>) -> bool {
    let Some(inner) = weak.upgrade() else { return false };
    for shard in &inner.shards {
        for key in shard.followed() {
            if shard.settled(&key).is_some() {
                // Its append says where the store stands.
                continue;
            }
            // One that is not answered must not keep the others waiting.
            match timeout(LOOK_MAX, inner.look_now(shard, &key)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!(%error, ?key, "the store does not say where a session stands"),
                Err(_) => tracing::warn!(?key, "the store does not say in time where a session stands"),
            }
        }
    }
    true
}

impl Inner {
    /// Makes sure that what the module shows of a session is no older than this moment.
    pub(super) async fn look(&self, shard: &Arc<Shard>, key: &Key) -> Result<(), EngineError> {
        // An append that is on its way now may be in the store since long before this moment. One that begins after it is not, and so
        // whatever becomes of that one says where the store stands.
        // It says nothing where the store refused it.
        let (mut is_later, mut is_refused) = (false, false);
        for _ in 0..LOOKS_MAX {
            if let Some(settled) = shard.settled(key) {
                is_refused = timeout(WAIT_MAX, settled).await.map_err(|_| EngineError::OutcomeUnknown)?.is_err();
                if is_later && !is_refused {
                    return Ok(());
                }
            } else if self.look_now(shard, key).await? {
                return Ok(());
            }
            is_later = true;
        }
        if is_refused { Err(EngineError::StoreUnavailable("it refuses what is appended".into())) } else { Ok(()) }
    }

    /// Looks once; `false` where the shard went on meanwhile, and so has to be looked at again.
    pub(super) async fn look_now(&self, shard: &Arc<Shard>, key: &Key) -> Result<bool, EngineError> {
        let head = match self.store.head(key).await? {
            Found::Head(head) => head,
            Found::Nothing => Head::ZERO,
            Found::Erased => {
                shard.forget_erased(key);
                return Ok(true);
            }
        };
        let known = match shard.handle_head(key, head) {
            Looked::Current => return Ok(true),
            Looked::Overtaken => return Ok(false),
            Looked::Behind(known) => known,
        };
        let loaded = match self.store.entries_after(key, known, usize::MAX).await? {
            Some(records) => Loaded { snapshot: None, records, touched_ms: 0 },
            None => match self.store.load(key).await? {
                Some(loaded) => with_older(&*self.store, key, known, loaded).await?,
                // It was erased, or the store went back, since its head was asked for.
                None if head != Head::ZERO => return Ok(false),
                None => Loaded { snapshot: None, records: Vec::new(), touched_ms: 0 },
            },
        };
        Ok(shard.handle_missed(key, known, &loaded))
    }
}

//! Time: ticks the shards when something is due, and asks the store for what is due of sessions that are not at hand.

use std::sync::{Arc, Weak};
use std::time::Duration;

use colloq_abi::Request;
use colloq_store::Key;

use super::shard::Outcome;
use super::{Inner, Loading};
use crate::clock::now_ms;

/// How exactly deadlines are kept.
const TICK_EVERY: Duration = Duration::from_millis(250);
/// Every so many ticks the store is asked.
const STORE_EVERY: u32 = 8;
/// How many sessions are dealt with at a time, so that requests come between.
const LIMIT: u32 = 64;

/// Runs until the engine is gone.
pub(super) fn start(inner: &Arc<Inner>) {
    let weak = Arc::downgrade(inner);
    tokio::spawn(async move {
        let mut ticks: u32 = 0;
        while tick(&weak, ticks.is_multiple_of(STORE_EVERY)).await {
            ticks = ticks.wrapping_add(1);
            tokio::time::sleep(TICK_EVERY).await;
        }
    });
}

async fn tick(weak: &Weak<Inner>, ask_store: bool) -> bool {
    let Some(inner) = weak.upgrade() else { return false };
    let now = now_ms();
    let nobody = Key { app: Arc::from(""), session: [0; 16] };
    for shard in inner.shards.iter().filter(|shard| shard.wake_at() <= now) {
        shard.request(&Request::Tick { now, limit: LIMIT }, &nobody, 0);
    }
    if ask_store {
        match inner.store.due(now, LIMIT as usize).await {
            Ok(keys) => {
                for key in keys {
                    handle_due(&inner, &key, now).await;
                }
            }
            Err(error) => tracing::warn!(%error, "the store does not say what is due"),
        }
    }
    true
}

async fn handle_due(inner: &Inner, key: &Key, now: u64) {
    let shard = inner.shard(key);
    let due = Request::Due { now, app: &key.app, session: key.session };
    if let Outcome::Load = shard.request(&due, key, 0) {
        match inner.load(shard, key).await {
            Ok(Loading::There) => {
                shard.request(&due, key, 0);
            }
            Ok(Loading::Absent) => {}
            Ok(Loading::Trapped) => tracing::error!(?key, "a session that is due breaks the module when it is loaded"),
            Err(error) => tracing::warn!(%error, "a session that is due could not be loaded"),
        }
    }
}

//! Time: ticks the shards when something is due, asks the store for what is due of sessions that are not at hand, and lets sessions
//! hibernate that nobody used for a while.

use std::sync::{Arc, Weak};
use std::time::Duration;

use colloq_abi::Request;
use colloq_store::Key;

use super::shard::{Outcome, Shard};
use super::{Inner, Loading};

/// How exactly deadlines are kept.
const TICK_EVERY: Duration = Duration::from_millis(250);
/// Every so many ticks the store is asked.
const STORE_EVERY: u32 = 8;
/// How many sessions are dealt with at a time, so that requests come between.
const LIMIT: u32 = 64;
/// How often that is done in a row, so that the other shards have their turn.
const ROUNDS: u32 = 32;

/// Runs until the engine is gone.
pub(super) fn start(inner: &Arc<Inner>) {
    let weak = Arc::downgrade(inner);
    tokio::spawn(async move {
        let (mut ticks, mut is_more): (u32, bool) = (0, false);
        while let Some(more) = tick(&weak, is_more || ticks.is_multiple_of(STORE_EVERY)).await {
            (ticks, is_more) = (ticks.wrapping_add(1), more);
            tokio::time::sleep(TICK_EVERY).await;
        }
    });
}

/// `None` once the engine is gone, otherwise whether the store has more that is due.
async fn tick(weak: &Weak<Inner>, ask_store: bool) -> Option<bool> {
    let inner = weak.upgrade()?;
    let now = inner.outside.now_ms();
    if let Some(reads) = &inner.reads {
        reads.forget_old(now);
    }
    let nobody = Key { app: Arc::from(""), session: [0; 16] };
    for shard in &inner.shards {
        for _ in (0..ROUNDS).take_while(|_| shard.wake_at() <= now) {
            shard.request(&Request::Tick { now, limit: LIMIT }, &nobody, 0);
            tokio::task::yield_now().await;
        }
        shard.tell_lapses(now);
        hibernate(&inner, shard, now).await;
        if ask_store {
            shard.renew_if_sparse(now);
        }
    }
    Some(ask_store && handle_all_due(&inner, now).await)
}

/// Deals with what the store says is due; `true` where there may be more.
async fn handle_all_due(inner: &Inner, now: u64) -> bool {
    let mut first = None;
    for _ in 0..ROUNDS {
        let keys = match inner.store.due(now, LIMIT as usize).await {
            Ok(keys) => keys,
            Err(error) => {
                tracing::warn!(%error, "the store does not say what is due");
                return false;
            }
        };
        for key in &keys {
            handle_due(inner, key, now).await;
        }
        if keys.len() < LIMIT as usize {
            return false;
        }
        // What is on its way to the store is due until it is there.
        if keys.first() == first.as_ref() {
            return true;
        }
        first = keys.into_iter().next();
        tokio::task::yield_now().await;
    }
    true
}

/// Lets sessions go, and tells the store of those that went, outside of the shard's lock: it may take its time for them.
async fn hibernate(inner: &Inner, shard: &Arc<Shard>, now: u64) {
    for _ in 0..ROUNDS {
        let is_more = inner.hibernate_ms.is_some_and(|idle_ms| shard.rest(now, idle_ms, LIMIT));
        for key in shard.take_rested() {
            inner.store.rest(&key);
        }
        if !is_more {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn handle_due(inner: &Inner, key: &Key, now: u64) {
    let shard = inner.shard(key);
    let due = Request::Due { now, app: &key.app, session: key.session };
    if let Outcome::Load(_) = shard.request(&due, key, 0) {
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

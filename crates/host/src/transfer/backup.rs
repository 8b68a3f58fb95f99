//! A backup as it is made: one session after the other, each as it is in one moment.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Archive, Key, StoreError, Walk};
use futures_util::future::join_all;

use super::codec::Item;
use super::format::{Encoder, Header};

/// So many sessions are read at a time.
const AT_ONCE: usize = 16;

/// What of a store goes into a backup, item by item and then as bytes.
pub struct Backup {
    store: Arc<dyn Archive>,
    walk: Walk,
    app: Option<Arc<str>>,
    ahead: VecDeque<Item>,
    encoder: Option<Encoder>,
    is_begun: bool,
    begun_ms: u64,
}

impl Backup {
    /// All of a store, or what belongs to an app.
    pub fn new(store: Arc<dyn Archive>, app: Option<Arc<str>>, now_ms: u64) -> Self {
        let walk = Walk::new(Arc::clone(&store));
        Self { store, walk, app, ahead: VecDeque::new(), encoder: None, is_begun: false, begun_ms: now_ms }
    }

    /// The next bytes of the file; `None` behind the last.
    ///
    /// # Errors
    /// Why the store did not give what it has. A backup that broke off is none.
    pub async fn next_bytes(&mut self) -> Result<Option<Bytes>, StoreError> {
        if !self.is_begun {
            // What was noted beside the logs is in the store then.
            self.store.flush().await?;
            let header = Header { begun_ms: self.begun_ms, store: self.store.name().into(), schema_min: self.store.schema_min().await? };
            let (encoder, first) = Encoder::begin(&header);
            (self.encoder, self.is_begun) = (Some(encoder), true);
            return Ok(Some(first));
        }
        if self.encoder.is_none() {
            return Ok(None);
        }
        match self.next_item().await? {
            Some(item) => Ok(self.encoder.as_mut().map(|encoder| encoder.item(&item))),
            None => Ok(self.encoder.take().map(Encoder::end)),
        }
    }

    /// The next session or tombstone; `None` behind the last.
    ///
    /// # Errors
    /// Why the store did not give what it has.
    pub async fn next_item(&mut self) -> Result<Option<Item>, StoreError> {
        while self.ahead.is_empty() {
            let mut keys: Vec<Key> = Vec::with_capacity(AT_ONCE);
            while keys.len() < AT_ONCE
                && let Some(key) = self.walk.next().await?
            {
                if self.app.as_ref().is_none_or(|app| *app == key.app) {
                    keys.push(key);
                }
            }
            if keys.is_empty() {
                return Ok(None);
            }
            let wholes = join_all(keys.iter().map(|key| self.store.whole(key))).await;
            for (key, whole) in keys.into_iter().zip(wholes) {
                // What went while it was walked to is not there any more.
                self.ahead.extend(whole.map_err(|error| named(&key, error))?.map(|archived| Item { key, archived }));
            }
        }
        Ok(self.ahead.pop_front())
    }
}

/// Says which session it was: damage is of one, and the others can be saved without it.
fn named(key: &Key, error: StoreError) -> StoreError {
    match error {
        StoreError::Damaged(why) => {
            StoreError::Damaged(format!("session {} of app {}: {why}", uuid::Uuid::from_bytes(key.session), key.app))
        }
        other => other,
    }
}

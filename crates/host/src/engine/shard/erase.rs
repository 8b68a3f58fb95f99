//! Erasing: the store forgets a session, its links are told, and the module forgets it.
//!
//! It never decides that a session is to go: the module said so, for a call or because the time of its retention is over.

use std::sync::Arc;

use colloq_abi::Request;
use colloq_store::{Key, StoreError};

use super::audience::ended;
use super::{Inner, Shard, encode};
use crate::engine::hub::Frame;

impl Shard {
    /// Erases a session for good, once nothing of it is on its way to the store; who asked for it may go away meanwhile.
    /// `user` is whose it is, where that is known.
    pub(in crate::engine) async fn erase(self: &Arc<Self>, key: &Key, user: Option<&str>) -> Result<(), StoreError> {
        let (shard, key, user) = (Arc::clone(self), key.clone(), user.map(str::to_owned));
        let erasing = tokio::spawn(async move { shard.erase_now(&key, user.as_deref()).await });
        erasing.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the host goes down".into())))
    }

    async fn erase_now(self: &Arc<Self>, key: &Key, user: Option<&str>) -> Result<(), StoreError> {
        while let Some(settled) = self.settled(key) {
            let _ = settled.await;
        }
        self.store.erase(key, self.outside.now_ms()).await?;
        self.erased(key);
        self.watches.handle_erased(key, user);
        Ok(())
    }

    /// Has sessions erased on tasks of their own. One that fails stays due in the store's index, and so comes again.
    pub(super) fn erase_later(self: &Arc<Self>, inner: &mut Inner, erasures: Vec<(Key, Box<str>)>) {
        for (key, user) in erasures.into_iter().filter(|(key, _)| inner.erasing.insert(key.clone())) {
            self.gauges.note_erasure();
            let weak = Arc::downgrade(self);
            tokio::spawn(async move {
                let Some(shard) = weak.upgrade() else { return };
                if let Err(error) = shard.erase(&key, Some(&user)).await {
                    tracing::warn!(%error, ?key, "a session whose retention is over could not be erased");
                }
                shard.inner.lock().erasing.remove(&key);
            });
        }
    }

    pub(super) fn erased(self: &Arc<Self>, key: &Key) {
        let mut inner = self.inner.lock();
        inner.tell_erased(key);
        let request = Request::Dropped { app: &key.app, session: key.session, code: "sessionNotFound" };
        self.request_locked(&mut inner, encode(&request), key, 0);
    }
}

impl Inner {
    /// Nobody follows a session any more that is gone.
    pub(super) fn tell_erased(&mut self, key: &Key) {
        let session = uuid::Uuid::from_bytes(key.session);
        let frame = format!(r#"{{"kind":"error","code":"sessionNotFound","message":"The session was erased.","session":"{session}"}}"#);
        self.broadcast(key, &ended(key, "erased"), &[]);
        self.broadcast(key, &Frame::new(frame), &[]);
        self.forget_followers(key);
    }
}

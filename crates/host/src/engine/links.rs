//! What links ask of the engine: to submit, to follow a session from where they stand, and to be there.
//!
//! It holds nothing of a link but its queue; whoever opened it says when it is gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use colloq_store::{Head, Key};
use uuid::Uuid;

use super::{Answer, CallSpec, Cut, Engine, EngineError, Identity, Link, LinkEvents, Op, Role, effects};

/// The most bytes of entries in one frame of a catch-up.
const CATCH_UP_BYTES_MAX: usize = 256 * 1024;

impl Engine {
    /// Opens a link: its frames come out of the second. A link that does not read is cut off.
    pub fn open_link(&self) -> (Link, LinkEvents) {
        Link::open(self.inner.next_link.fetch_add(1, Ordering::Relaxed) * 2 + 1)
    }

    /// A link of somebody is gone: it follows these sessions no more, watches nothing, and nobody is present by it.
    pub fn leave(&self, link: &Link, identity: &Identity, sessions: impl IntoIterator<Item = Uuid>) {
        for session in sessions {
            self.unsubscribe(link, &identity.app, session);
        }
        self.inner.watches.leave(link, identity);
    }

    /// Takes a `submit` frame of a link. What comes of it comes as frames.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn submit(&self, link: &Link, call: CallSpec<'_>) -> Result<(), EngineError> {
        self.drive(&call, link.id, |shard, request, key| shard.submit(request, key, link)).await.map(|_| ())
    }

    /// Takes a `submit` frame, and gives the frames that a link would get once all its commands are settled.
    ///
    /// # Errors
    /// As [`call`](Self::call); `outcomeUnknown` where the frames are not to be had any more. The same frame again does nothing twice.
    pub async fn submit_whole(&self, call: CallSpec<'_>) -> Result<Vec<Bytes>, EngineError> {
        let (link, mut events) = self.open_link();
        if self.inner.store.is_shared() {
            // Whoever comes without a subscription may come from a host that knows more.
            let key = call.session_key();
            self.inner.look(self.inner.shard(&key), &key).await?;
        }
        self.submit(&link, call.clone()).await?;
        let settle = CallSpec { op: Op::Settle, condition: None, key: None, body: Bytes::new(), ..call };
        let answer = self.call(settle).await?;
        if answer.status >= 500 {
            return Err(EngineError::OutcomeUnknown);
        }
        let mut frames = Vec::new();
        loop {
            match events.try_next() {
                Ok(Some(frame)) => frames.push(frame.bytes),
                Ok(None) => return Ok(frames),
                Err(_) => return Err(EngineError::OutcomeUnknown),
            }
        }
    }

    /// Subscribes a link: the catch-up (`snapshot` or `entries`) goes into its queue, then `subscribed`, then what happens.
    /// A session that cannot be seen answers with the module's problem.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn subscribe(&self, link: &Link, call: CallSpec<'_>, since: Option<Head>) -> Result<Answer, EngineError> {
        let ticket = self.next_ticket();
        let key = call.session_key();
        let user = (call.identity.role == Role::User).then_some(&call.identity.id);
        let shard = self.inner.shard(&key);
        let (mut since, mut is_astray) = (since, false);
        loop {
            // No log goes that far: what it has is taken from it.
            let known = if is_astray { Some(Head { version: u64::MAX, chain: [0; 32] }) } else { since };
            let op = Op::Subscribe { since: known.map(|head| colloq_abi::Head { version: head.version, chain: head.chain }) };
            let spec = CallSpec { op, ..call.clone() };
            let answer = self.drive(&spec, ticket, |shard, request, key| shard.subscribe(request, key, ticket, link, user)).await?;
            let Some(from) = since.take().filter(|_| answer.status == 206) else { return Ok(answer) };
            match self.catch_up(link, &key, from, answer.version).await {
                Ok(true) if shard.release(&key, link, answer.version) => return Ok(answer),
                // It was let go meanwhile: what became of the session is said anew.
                Ok(true) => {}
                // Its head is no place in the log: it takes a snapshot in the place of what it has.
                Ok(false) => is_astray = true,
                Err(error) => {
                    shard.unsubscribe(&key, link.id);
                    return Err(error);
                }
            }
        }
    }

    /// Sends the entries between two versions as fast as the link reads; `false` where the log does not have the first place.
    async fn catch_up(&self, link: &Link, key: &Key, from: Head, to: u64) -> Result<bool, EngineError> {
        let mut from = from;
        while from.version < to {
            let Some(mut records) = self.inner.store.entries_after(key, from, CATCH_UP_BYTES_MAX).await? else {
                return Ok(false);
            };
            // Only what is confirmed is shown; the store may be ahead by an append that is just being settled.
            records.retain(|record| record.head.version <= to);
            #[cfg(feature = "planted")]
            if colloq_store::planted::is_planted(colloq_store::planted::Planted::SkipsEntry) {
                records.pop();
                link.send(effects::entries_frame(Uuid::from_bytes(key.session), from, &records));
                return Ok(true);
            }
            let Some(last) = records.last() else { return Ok(false) };
            link.send(effects::entries_frame(Uuid::from_bytes(key.session), from, &records));
            from = last.head;
            if !link.room().await {
                link.cut(Cut::Slow);
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Has a link of the host's own hear what happens in a session. What it hears is for nobody else.
    pub(crate) fn listen(&self, link: &Link, app: &Arc<str>, session: Uuid) {
        let key = Key { app: Arc::clone(app), session: *session.as_bytes() };
        self.inner.shard(&key).listen(&key, link);
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, link: &Link, app: &Arc<str>, session: Uuid) {
        let key = Key { app: Arc::clone(app), session: *session.as_bytes() };
        self.inner.shard(&key).unsubscribe(&key, link.id);
    }

    /// Somebody is present by a link that follows the session, and does what the body says; all who follow it are told.
    /// A session that cannot be seen answers with the module's problem.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn present(&self, link: &Link, call: CallSpec<'_>) -> Result<Answer, EngineError> {
        let ticket = self.next_ticket();
        let call = CallSpec { op: Op::Presence { link: link.id }, ..call };
        self.drive(&call, ticket, |shard, request, key| shard.present(request, key, ticket, link.id)).await
    }

    /// The head of a session's log at a version, where the log has it.
    ///
    /// # Errors
    /// Why the store did not answer.
    pub async fn head_at(&self, app: &Arc<str>, session: Uuid, version: u64) -> Result<Option<Head>, EngineError> {
        Ok(self.inner.store.head_at(&Key { app: Arc::clone(app), session: *session.as_bytes() }, version).await?)
    }

    /// A client found another state than its host said: it takes a snapshot, and the host counts.
    pub fn note_divergence(&self, session: Uuid, version: u64) {
        self.inner.gauges.divergences.inc();
        tracing::error!(%session, version, "a client's state differs from this host's");
    }

    /// How many times a client found another state than this host said.
    pub fn divergences(&self) -> u64 {
        self.inner.gauges.divergences.get()
    }
}

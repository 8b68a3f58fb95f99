//! Writes of a session: appends, snapshots, private values, the erasure.
//!
//! What was sent and not answered is said to be unknown, and never sent again from here.

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Append, AppendError, Head, Key, Loaded, PRIVATES_MAX, PrivateError, Snapshot, StoreError};

use crate::error::Fault;
use crate::inner::Inner;
use crate::reply::Reply;
use crate::request::{Request, or_empty};
use crate::rows::{Stale, Written};
use crate::script::{APPEND, ERASE, PRIVATE, SNAPSHOT};
use crate::servers::Deed;

/// How many of the newest entries stay when a snapshot is put.
const KEPT: u64 = 256;
/// How long a tombstone stays: a day longer than it has to.
pub(crate) const TOMBSTONE_MS: u64 = 31 * 24 * 60 * 60 * 1000;
/// How often an append is told that it needs other rows before it gives up: each time somebody else changed the session.
const ROUNDS_MAX: usize = 16;

impl Inner {
    pub(crate) async fn append(self: &Arc<Self>, append: Append) -> Result<(), AppendError> {
        let Append { key, expected, records, meta } = &append;
        let (keys, head) = (self.keys.of(key), append.head());
        let cells: Vec<Vec<u8>> = records.iter().map(|record| [&record.head.chain[..], &record.bytes].concat()).collect();
        // Whoever creates a session knows that it needs them all.
        let all = || Written { generation: Some(1), which: "ldw".into() };
        let mut written = if *expected == Head::ZERO { all() } else { self.known.needed(key, meta) };
        self.write_rows(key, meta, &written).await?;
        for _ in 0..ROUNDS_MAX {
            let (publish, news) = self.news_of_store();
            let request = Request::script(&APPEND, &keys.all())
                .arg(expected.version)
                .arg(&expected.chain[..])
                .arg(head.version)
                .arg(&head.chain[..])
                .meta(meta)
                .arg(or_empty(written.generation))
                .arg(&written.which)
                .arg(publish)
                .arg(&news[..])
                .arg(&cells);
            let mut reply = self.servers.send(&request, Deed::Once).await?;
            let word = reply.word()?;
            match &*word {
                "done" => self.known.note(key, meta, &written),
                _ => self.known.forget(key),
            }
            match &*word {
                "rows" => {
                    written = Written { generation: reply.number()?, which: reply.string()?.unwrap_or_default() };
                    self.write_rows(key, meta, &written).await?;
                }
                "erased" => return Err(AppendError::Erased),
                "missed" => {
                    let touched_ms = reply.number_or_zero()?;
                    let records = reply.records(expected.version)?;
                    return Err(AppendError::Conflict(Box::new(Loaded { snapshot: None, records, touched_ms })));
                }
                "history" => {
                    let touched_ms = reply.number_or_zero()?;
                    let (snapshot, records) = reply.history()?;
                    return Err(AppendError::Conflict(Box::new(Loaded { snapshot, records, touched_ms })));
                }
                _ => {
                    // It is done: what goes wrong from here on is mended by readers.
                    if let Err(fault) = self.handle_appended(key, &mut reply).await {
                        tracing::error!(error = %StoreError::from(fault), ?key, "an append was answered strangely");
                    }
                    return Ok(());
                }
            }
        }
        Err(StoreError::Unavailable("the session changes too fast".into()).into())
    }

    async fn handle_appended(&self, key: &Key, reply: &mut Reply) -> Result<(), Fault> {
        let (generation, active_ms, user) = (reply.number_or_zero()?, reply.number_or_zero()?, reply.string()?);
        let stale = if reply.len() > 0 { Stale::read(reply)? } else { Stale::default() };
        self.settle_rows(key, user.as_deref().map(|user| (user, active_ms, generation)), &stale).await;
        Ok(())
    }

    pub(crate) async fn put_snapshot(&self, key: &Key, snapshot: &Snapshot) -> Result<(), StoreError> {
        let request = Request::script(&SNAPSHOT, &self.keys.of(key).all())
            .arg(snapshot.head.version)
            .arg(&snapshot.head.chain[..])
            .arg(&snapshot.bytes[..])
            .arg(KEPT);
        // Entries are trimmed below it only once it is as durable as they were; the same snapshot twice is once.
        self.servers.send(&request, Deed::Again).await?;
        Ok(())
    }

    pub(crate) async fn put_private(&self, key: &Key, name: &str, value: Option<&Bytes>) -> Result<(), PrivateError> {
        let mut request = Request::script(&PRIVATE, &self.keys.of(key).all()).arg(name).arg(PRIVATES_MAX);
        if let Some(value) = value {
            request = request.arg(&value[..]);
        }
        let mut reply = self.servers.send(&request, Deed::Once).await.map_err(StoreError::from)?;
        match &*reply.word().map_err(StoreError::from)? {
            "absent" => Err(PrivateError::NotFound),
            "many" => Err(PrivateError::TooMany),
            _ => Ok(()),
        }
    }

    pub(crate) async fn erase(&self, key: &Key, now_ms: u64) -> Result<bool, StoreError> {
        let (publish, news) = self.news_of_store();
        let request = Request::script(&ERASE, &self.keys.of(key).all()).arg(now_ms).arg(TOMBSTONE_MS).arg(publish).arg(&news[..]);
        let mut reply = self.servers.send(&request, Deed::Once).await?;
        if reply.word()? != "erased" {
            return Ok(false);
        }
        let stale = Stale::read(&mut reply)?;
        self.settle_rows(key, None, &stale).await;
        Ok(true)
    }
}

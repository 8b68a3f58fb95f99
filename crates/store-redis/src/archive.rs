//! Sessions whole, in and out of the servers; all keys, by going through each node; and the mark of the lowest schema.
//!
//! It must never put a row of an index in the place of one that a session names: a session that is put takes the generation after the last.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use colloq_store::{Archive, Archived, Found, Head, Key, Keys, Meta, Pending, PutError, Snapshot, StoreError, Unanswered, Whole};

use crate::append::TOMBSTONE_MS;
use crate::error::Fault;
use crate::inner::Inner;
use crate::reply::{Reply, text};
use crate::request::{Request, or_empty};
use crate::rows::{Stale, Written};
use crate::script::{BURY, PUT, RAISE, WHOLE};
use crate::servers::Deed;
use crate::{RedisStore, stopped};

/// How often a put is told that it needs other rows before it gives up.
const ROUNDS_MAX: usize = 16;

impl Inner {
    async fn whole(&self, key: &Key) -> Result<Option<Archived>, StoreError> {
        let mut reply = self.servers.send(&Request::script(&WHOLE, &self.keys.of(key).all()), Deed::Again).await?;
        match &*reply.word()? {
            "nothing" => Ok(None),
            "erased" => Ok(Some(Archived::Erased { at_ms: reply.number_or_zero()? })),
            _ => {
                let whole = read_whole(&mut reply)?;
                match whole.broken() {
                    Some(what) => Err(StoreError::Damaged(what.into())),
                    None => Ok(Some(Archived::Session(Box::new(whole)))),
                }
            }
        }
    }

    async fn put_whole(&self, key: &Key, expected: Found, archived: &Archived) -> Result<(), PutError> {
        let head = match expected {
            Found::Nothing => None,
            Found::Head(head) => Some(head),
            // Nothing takes a tombstone's place; what is there is found by asking for nothing.
            Found::Erased => return self.put_on_tombstone(key, archived).await,
        };
        match archived {
            Archived::Erased { at_ms } => self.bury(key, head, *at_ms).await,
            Archived::Session(whole) => {
                if let Some(what) = whole.broken() {
                    return Err(StoreError::Damaged(what.into()).into());
                }
                self.put_session(key, head, whole).await
            }
        }
    }

    async fn put_on_tombstone(&self, key: &Key, archived: &Archived) -> Result<(), PutError> {
        let found = self.head(key).await?;
        if found == archived.found() { Ok(()) } else { Err(PutError::Conflict(found)) }
    }

    async fn put_session(&self, key: &Key, expected: Option<Head>, whole: &Whole) -> Result<(), PutError> {
        let keys = self.keys.of(key);
        let cells: Vec<Vec<u8>> = whole.records.iter().map(|record| [&record.head.chain[..], &record.bytes].concat()).collect();
        let (head, meta, snapshot) = (whole.head(), &whole.meta, whole.snapshot.as_ref());
        let mut written = Written::default();
        for _ in 0..ROUNDS_MAX {
            let (publish, news) = self.news_of_store();
            let mut request = Request::script(&PUT, &keys.all())
                .arg(or_empty(expected.map(|head| head.version)))
                .arg(expected.map_or(Vec::new(), |head| head.chain.to_vec()))
                .arg(or_empty(written.generation))
                .arg(publish)
                .arg(&news[..])
                .arg(head.version)
                .arg(&head.chain[..])
                .arg(whole.floor())
                .meta(meta)
                .arg(or_empty(snapshot.map(|snapshot| snapshot.head.version)))
                .arg(snapshot.map_or(&[][..], |snapshot| &snapshot.head.chain[..]))
                .arg(snapshot.map_or(&[][..], |snapshot| &snapshot.bytes[..]))
                .arg(whole.privates.len());
            for (name, value) in &whole.privates {
                request = request.arg(name).arg(&value[..]);
            }
            let mut reply = self.servers.send(&request.arg(&cells), Deed::Once).await.map_err(StoreError::from)?;
            let word = reply.word().map_err(StoreError::from)?;
            if word != "rows" {
                return self.handle_put(key, &word, reply, Some((&meta.user, meta.active_ms, written.generation.unwrap_or(1)))).await;
            }
            written = Written { generation: reply.number().map_err(StoreError::from)?, which: "ldw".into() };
            self.write_rows(key, meta, &written).await.map_err(StoreError::from)?;
        }
        Err(StoreError::Unavailable("the session changes too fast".into()).into())
    }

    async fn bury(&self, key: &Key, expected: Option<Head>, at_ms: u64) -> Result<(), PutError> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        let stays_ms = at_ms.saturating_add(TOMBSTONE_MS).saturating_sub(now_ms).max(1);
        let (publish, news) = self.news_of_store();
        let request = Request::script(&BURY, &self.keys.of(key).all())
            .arg(or_empty(expected.map(|head| head.version)))
            .arg(expected.map_or(Vec::new(), |head| head.chain.to_vec()))
            .arg(at_ms)
            .arg(stays_ms)
            .arg(publish)
            .arg(&news[..]);
        let mut reply = self.servers.send(&request, Deed::Once).await.map_err(StoreError::from)?;
        let word = reply.word().map_err(StoreError::from)?;
        self.handle_put(key, &word, reply, None).await
    }

    /// Takes the rows away that what was replaced named, or says what is there instead.
    async fn handle_put(&self, key: &Key, word: &str, mut reply: Reply, listed: Option<(&str, u64, u64)>) -> Result<(), PutError> {
        match word {
            "erased" => Err(PutError::Conflict(Found::Erased)),
            "conflict" => {
                let version = reply.number().map_err(StoreError::from)?;
                let chain = reply.bytes().map_err(StoreError::from)?.and_then(|chain| chain[..].try_into().ok());
                let head = version.zip(chain).map(|(version, chain)| Found::Head(Head { version, chain }));
                Err(PutError::Conflict(head.unwrap_or(Found::Nothing)))
            }
            "there" => Ok(()),
            _ => {
                let stale = Stale::read(&mut reply).map_err(StoreError::from)?;
                self.settle_rows(key, listed, &stale).await;
                Ok(())
            }
        }
    }

    /// Goes through the nodes one after the other. Where a page ended is: which slots were whose at the beginning, the node, its cursor.
    async fn scan(&self, after: Option<Bytes>, limit: usize) -> Result<Keys, StoreError> {
        if after.is_none() {
            self.servers.renew().await;
        }
        self.servers.find(0).await?;
        let (nodes, layout) = self.servers.serving();
        let (mut at, mut cursor) = (0, "0".to_owned());
        if let Some(after) = after {
            let place = std::str::from_utf8(&after).ok().and_then(|place| {
                let mut parts = place.split(' ');
                Some((parts.next()?.parse::<u64>().ok()?, parts.next()?.parse::<usize>().ok()?, parts.next()?.to_owned()))
            });
            let (seen, node, from) = place.ok_or_else(|| StoreError::Damaged("this is no place where a page ended".into()))?;
            if seen != layout {
                return Err(StoreError::Unavailable("slots moved while all sessions were looked through; begin again".into()));
            }
            (at, cursor) = (node, from);
        }
        let node = nodes.get(at).ok_or_else(|| StoreError::Unavailable("no node serves anything".into()))?;
        let request = Request::new("SCAN", &cursor).arg("MATCH").arg(self.keys.pattern()).arg("COUNT").arg(limit.clamp(16, 1000));
        let value = node.send(&request, false).await?;
        if let redis::Value::ServerError(error) = &value {
            return Err(Fault::of_server(error).into());
        }
        let mut reply = Reply::new(value);
        let cursor = reply.string()?.unwrap_or_default();
        let mut names = reply.inner()?;
        let mut items = Vec::with_capacity(names.len());
        while names.len() > 0 {
            items.extend(text(&names.next()).and_then(|name| self.keys.read_session(name)));
        }
        let next = match &*cursor {
            "0" if at + 1 < nodes.len() => Some(format!("{layout} {} 0", at + 1)),
            "0" => None,
            cursor => Some(format!("{layout} {at} {cursor}")),
        };
        if next.is_none() {
            self.servers.renew().await;
            if self.servers.serving().1 != layout {
                return Err(StoreError::Unavailable("slots moved while all sessions were looked through; begin again".into()));
            }
        }
        Ok(Keys { items, next: next.map(Bytes::from) })
    }

    async fn schema_min(&self) -> Result<u32, StoreError> {
        let mut reply = self.servers.send(&Request::new("GET", &self.keys.schema_min()), Deed::Again).await?;
        Ok(reply.number_or_zero()? as u32)
    }

    async fn raise_schema_min(&self, schema: u32) -> Result<u32, StoreError> {
        let mut reply = self.servers.send(&Request::script(&RAISE, &[&self.keys.schema_min()]).arg(schema), Deed::Once).await?;
        Ok(reply.number_or_zero()? as u32)
    }
}

fn read_whole(reply: &mut Reply) -> Result<Whole, Fault> {
    let (user, summary) = (reply.string()?.unwrap_or_default(), reply.bytes()?.unwrap_or_default());
    let (active_ms, deadline_ms) = (reply.number_or_zero()?, reply.number()?);
    let (message, at_ms, floor) = (reply.id()?, reply.number()?, reply.number_or_zero()?);
    let (version, chain, bytes) = (reply.number()?, reply.bytes()?, reply.bytes()?);
    let chain = chain.and_then(|chain| chain[..].try_into().ok());
    let snapshot = version.zip(chain).zip(bytes).map(|((version, chain), bytes)| Snapshot { head: Head { version, chain }, bytes });
    let records = reply.records(floor)?;
    let mut pairs = reply.inner()?;
    let mut privates = Vec::new();
    while pairs.len() > 0 {
        privates.push((pairs.string()?.unwrap_or_default(), pairs.bytes()?.unwrap_or_default()));
    }
    privates.sort_unstable();
    let unanswered = message.zip(at_ms).map(|(message, at_ms)| Unanswered { message, at_ms });
    Ok(Whole { meta: Meta { user: user.into(), summary, active_ms, deadline_ms, unanswered }, snapshot, records, privates })
}

impl Archive for RedisStore {
    fn keys(&self, after: Option<Bytes>, limit: usize) -> Pending<Result<Keys, StoreError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.scan(after, limit).await })
    }

    fn whole(&self, key: &Key) -> Pending<Result<Option<Archived>, StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        Box::pin(async move { inner.whole(&key).await })
    }

    fn put_whole(&self, key: &Key, expected: Found, archived: Archived) -> Pending<Result<(), PutError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        self.write(|| stopped().into(), async move { inner.put_whole(&key, expected, &archived).await })
    }

    fn schema_min(&self) -> Pending<Result<u32, StoreError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.schema_min().await })
    }

    fn raise_schema_min(&self, schema: u32) -> Pending<Result<u32, StoreError>> {
        let inner = Arc::clone(&self.inner);
        self.write(stopped, async move { inner.raise_schema_min(schema).await })
    }
}

//! Reads of one session. Each is one command or one script, and so sees one moment.

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Found, Head, Key, Loaded, Record, StoreError};

use crate::inner::Inner;
use crate::request::Request;
use crate::script::{ENTRIES, HEAD_AT, LOAD};
use crate::servers::Deed;

impl Inner {
    pub(crate) async fn load(self: &Arc<Self>, key: &Key) -> Result<Option<Loaded>, StoreError> {
        let request = Request::script(&LOAD, &self.keys.of(key).all());
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        if reply.word()? == "nothing" {
            return Ok(None);
        }
        let touched_ms = reply.number_or_zero()?;
        let (snapshot, records) = reply.history()?;
        let (inner, key) = (Arc::clone(self), key.clone());
        tokio::spawn(async move { inner.repair_rows(&key, touched_ms, &mut reply).await.is_ok() });
        Ok(Some(Loaded { snapshot, records, touched_ms }))
    }

    pub(crate) async fn head(&self, key: &Key) -> Result<Found, StoreError> {
        let request = Request::new("HMGET", &self.keys.session(&key.app, &key.session)).arg(&["v", "c", "e"]);
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        let (version, chain, erased) = (reply.number()?, reply.chain()?, reply.number()?);
        Ok(match (version.zip(chain), erased) {
            (_, Some(_)) => Found::Erased,
            (Some((version, chain)), None) => Found::Head(Head { version, chain }),
            (None, None) => Found::Nothing,
        })
    }

    pub(crate) async fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Result<Option<Vec<Record>>, StoreError> {
        let request = Request::script(&ENTRIES, &self.keys.of(key).all()).arg(after.version).arg(&after.chain[..]).arg(max_bytes);
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        if reply.word()? == "nothing" {
            return Ok(None);
        }
        Ok(Some(reply.records(after.version)?))
    }

    pub(crate) async fn head_at(&self, key: &Key, version: u64) -> Result<Option<Head>, StoreError> {
        let request = Request::script(&HEAD_AT, &self.keys.of(key).all()).arg(version);
        let chain = self.servers.send(&request, Deed::Again).await?.chain()?;
        Ok(chain.map(|chain| Head { version, chain }))
    }

    pub(crate) async fn private(&self, key: &Key, name: &str) -> Result<Option<Bytes>, StoreError> {
        let request = Request::new("HGET", &self.keys.of(key).private).arg(name);
        Ok(self.servers.send(&request, Deed::Again).await?.bytes()?)
    }

    pub(crate) async fn privates(&self, key: &Key) -> Result<Vec<String>, StoreError> {
        let request = Request::new("HKEYS", &self.keys.of(key).private);
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        let mut names = Vec::with_capacity(reply.len());
        while reply.len() > 0 {
            names.extend(reply.string()?);
        }
        names.sort_unstable();
        Ok(names)
    }
}

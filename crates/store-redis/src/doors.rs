//! What all hosts share beside sessions: their doors' secret, whose tokens are void, and what is kept by name.

use bytes::Bytes;
use colloq_store::{Kept, REVOCATION_KEPT_MS, Revocation, StoreError};

use crate::error::Fault;
use crate::inner::Inner;
use crate::lists::scored;
use crate::request::Request;
use crate::script::KEEP;
use crate::servers::Deed;

/// So many revocations that are too old go with each new one.
const PRUNED_MAX: usize = 64;

impl Inner {
    /// The secret: this one, unless there is one.
    pub(crate) async fn secret(&self, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let key = self.keys.secret();
        self.servers.send(&Request::new("SET", &key).arg(&fresh[..]).arg("NX"), Deed::Again).await?;
        let found = self.servers.send(&Request::new("GET", &key), Deed::Again).await?.bytes()?;
        let found = found.and_then(|found| found[..].try_into().ok());
        found.ok_or_else(|| StoreError::Damaged("the secret of the doors is none".into()))
    }

    /// Keeps a revocation; some of those go that no token is old enough for.
    pub(crate) async fn revoke(&self, revocation: &Revocation) -> Result<(), StoreError> {
        let key = self.keys.revoked();
        let add = Request::new("ZADD", &key).arg("GT").arg(revocation.at_ms).arg(member(revocation));
        self.servers.send(&add, Deed::Again).await?;
        let until = revocation.at_ms.saturating_sub(REVOCATION_KEPT_MS);
        let old = Request::new("ZRANGE", &key).arg("-inf").arg(format!("({until}")).arg("BYSCORE").arg("LIMIT").arg(0).arg(PRUNED_MAX);
        let mut old = self.servers.send(&old, Deed::Again).await?;
        let mut remove = Request::new("ZREM", &key);
        let is_any = old.len() > 0;
        while old.len() > 0 {
            remove = remove.arg(&old.bytes()?.unwrap_or_default()[..]);
        }
        if is_any {
            self.servers.send(&remove, Deed::Again).await?;
        }
        Ok(())
    }

    /// The revocations from a moment on.
    pub(crate) async fn revocations(&self, since_ms: u64) -> Result<Vec<Revocation>, StoreError> {
        let request = Request::new("ZRANGE", &self.keys.revoked()).arg(since_ms).arg("+inf").arg("BYSCORE").arg("WITHSCORES");
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        let mut found = Vec::new();
        for (at_ms, row) in scored(&mut reply)? {
            found.push(read(at_ms, &row).ok_or_else(|| Fault::strange("a revocation is none"))?);
        }
        Ok(found)
    }

    /// What is kept under a name.
    pub(crate) async fn kept(&self, name: &str) -> Result<Option<Kept>, StoreError> {
        let request = Request::new("HMGET", &self.keys.kept(name)).arg(&["v", "b"]);
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        let (version, bytes) = (reply.number()?, reply.bytes()?);
        Ok(version.zip(bytes).map(|(version, bytes)| Kept { version, bytes }))
    }

    /// Keeps a value under a name in the place of a version; `false` where another is there.
    pub(crate) async fn keep(&self, name: &str, replaces: u64, bytes: &Bytes) -> Result<bool, StoreError> {
        let request = Request::script(&KEEP, &[&self.keys.kept(name)]).arg(replaces).arg(&bytes[..]);
        Ok(self.servers.send(&request, Deed::Once).await?.word()? == "kept")
    }
}

/// The token, if one is meant, and the names with a zero between them, which neither holds.
fn member(revocation: &Revocation) -> Vec<u8> {
    let Revocation { app, user, token, .. } = revocation;
    let token = token.as_ref().map_or(&[][..], |token| &token[..]);
    [&[token.len() as u8], token, app.as_bytes(), b"\0", user.as_bytes()].concat()
}

fn read(at_ms: u64, member: &[u8]) -> Option<Revocation> {
    let (length, rest) = member.split_first()?;
    let (token, names) = rest.split_at_checked(usize::from(*length))?;
    let (app, user) = std::str::from_utf8(names).ok()?.split_once('\0')?;
    Some(Revocation { at_ms, app: app.into(), user: user.into(), token: token.try_into().ok() })
}

//! The sessions whose deadline came, read against the sessions themselves.
//!
//! A row stands no later than the deadline of the session that names it. One that came too early is moved, and nothing is ever missed by
//! it: the session says first how late its row may stand.

use std::collections::{BTreeMap, HashSet};

use colloq_store::{Key, StoreError};
use futures_util::future::{join_all, try_join_all};

use crate::error::Fault;
use crate::inner::Inner;
use crate::keys::{BUCKETS, bucket, read_row};
use crate::lists::{is_old, scored, shared};
use crate::request::Request;
use crate::script::DUE;
use crate::servers::Deed;

/// How often is read on where rows were no use.
const ROUNDS_MAX: usize = 16;
/// Where the app begins in a row.
const APP: usize = 24;

/// One row as the index has it.
struct Row {
    at_ms: u64,
    bytes: Vec<u8>,
    key: Key,
    generation: u64,
}

/// What a row is worth.
enum Worth {
    /// The session is due since then.
    Due(u64),
    /// It is due later.
    Moved(u64),
    /// No session names it, and none will.
    Stale,
    /// An append that needs it may be on its way.
    Open,
}

impl Inner {
    pub(crate) async fn due(&self, now_ms: u64, limit: usize) -> Result<Vec<Key>, StoreError> {
        let (mut found, mut seen) = (BTreeMap::new(), HashSet::new());
        let mut passed = [0_usize; BUCKETS as usize];
        for _ in 0..ROUNDS_MAX {
            let rows = self.due_rows(now_ms, &passed, limit).await?;
            let is_last = rows.len() < limit;
            let worths = try_join_all(rows.iter().map(|row| self.is_due(now_ms, row))).await?;
            let mut repairs = Vec::new();
            for (row, worth) in rows.into_iter().zip(worths) {
                let at = bucket(&row.key.session);
                let index = self.keys.due(at);
                match worth {
                    Worth::Moved(deadline_ms) => repairs.push(Request::new("ZADD", &index).arg("XX").arg(deadline_ms).arg(row.bytes)),
                    Worth::Stale => repairs.push(Request::new("ZREM", &index).arg(row.bytes)),
                    Worth::Open => passed[at as usize] += 1,
                    Worth::Due(deadline_ms) => {
                        passed[at as usize] += 1;
                        if seen.insert(row.key.clone()) {
                            found.insert((deadline_ms, row.key.session, row.key.app.clone()), row.key);
                        }
                    }
                }
            }
            if !repairs.is_empty() {
                self.send_all("move deadlines", repairs).await;
            }
            if is_last || found.len() >= limit {
                break;
            }
        }
        Ok(found.into_values().take(limit).collect())
    }

    /// The first `limit` rows out of all buckets, without those that were passed.
    async fn due_rows(&self, now_ms: u64, passed: &[usize], limit: usize) -> Result<Vec<Row>, Fault> {
        let requests: Vec<Request> = (0..BUCKETS)
            .zip(passed)
            .map(|(bucket, passed)| {
                let request = Request::new("ZRANGE", &self.keys.due(bucket)).arg("-inf").arg(now_ms).arg("BYSCORE");
                request.arg("LIMIT").arg(*passed).arg(limit).arg("WITHSCORES")
            })
            .collect();
        let mut rows = Vec::new();
        for reply in join_all(requests.iter().map(|request| self.servers.send(request, Deed::Again))).await {
            for (at_ms, row) in scored(&mut reply?)? {
                let Some((session, generation)) = read_row(&row) else { continue };
                let key = Key { app: shared(row.get(APP..).unwrap_or_default()), session };
                rows.push(Row { at_ms, bytes: row, key, generation });
            }
        }
        rows.sort_unstable_by(|one, other| (one.at_ms, &one.bytes).cmp(&(other.at_ms, &other.bytes)));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn is_due(&self, now_ms: u64, row: &Row) -> Result<Worth, Fault> {
        let request = Request::script(&DUE, &self.keys.of(&row.key).all()).arg(now_ms).arg(row.generation);
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        Ok(match &*reply.word()? {
            "due" => Worth::Due(reply.number_or_zero()?),
            "move" => Worth::Moved(reply.number_or_zero()?),
            "open" if !is_old(row.at_ms) => Worth::Open,
            _ => Worth::Stale,
        })
    }
}

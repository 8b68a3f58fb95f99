//! The sessions that wait for an answer, read against the sessions themselves.

use std::sync::Arc;

use colloq_store::{StoreError, Waiting};
use futures_util::future::{join_all, try_join_all};

use crate::error::Fault;
use crate::inner::Inner;
use crate::keys::{BUCKETS, bucket, read_row};
use crate::lists::is_old;
use crate::request::Request;
use crate::servers::Deed;

/// One row as the index has it.
struct Row {
    bytes: Vec<u8>,
    at_ms: u64,
    session: [u8; 16],
    generation: u64,
}

/// What a row is worth.
enum Worth {
    Waits(Waiting),
    /// No session names it, and none will.
    Stale,
    /// An append that needs it may be on its way.
    Open,
}

impl Inner {
    pub(crate) async fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        let limit = limit.max(1);
        // Behind all generations of the row at that place.
        let mut after = after.map(|(at_ms, session)| [&at_ms.to_be_bytes()[..], &session, &[u8::MAX; 9]].concat());
        let mut found = Vec::new();
        loop {
            let rows = self.waiting_rows(app, after.as_deref(), limit).await?;
            let Some(last) = rows.last() else { return Ok(found) };
            let is_last = rows.len() < limit;
            after = Some(last.bytes.clone());
            let worths = try_join_all(rows.iter().map(|row| self.waits(app, row))).await?;
            let mut repairs = Vec::new();
            for (row, worth) in rows.into_iter().zip(worths) {
                match worth {
                    Worth::Waits(waiting) if found.len() < limit => found.push(waiting),
                    Worth::Stale => {
                        let request = Request::new("ZREM", &self.keys.waiting(app, bucket(&row.session)));
                        repairs.push(request.arg(row.bytes));
                    }
                    Worth::Waits(_) | Worth::Open => {}
                }
            }
            if !repairs.is_empty() {
                self.send_all("clear the index of those that wait", repairs).await;
            }
            if found.len() == limit || is_last {
                return Ok(found);
            }
        }
    }

    /// The first `limit` rows after a place, out of all buckets.
    async fn waiting_rows(&self, app: &str, after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, Fault> {
        let lowest = after.map_or_else(|| b"-".to_vec(), |after| [b"(", after].concat());
        let requests: Vec<Request> = (0..BUCKETS)
            .map(|bucket| {
                let request = Request::new("ZRANGE", &self.keys.waiting(app, bucket)).arg(&lowest[..]).arg("+").arg("BYLEX");
                request.arg("LIMIT").arg(0).arg(limit)
            })
            .collect();
        let mut rows = Vec::new();
        for reply in join_all(requests.iter().map(|request| self.servers.send(request, Deed::Again))).await {
            let mut reply = reply?;
            while reply.len() > 0 {
                let row: Vec<u8> = reply.bytes()?.unwrap_or_default().into();
                let Some((at_ms, rest)) = row.split_first_chunk() else { continue };
                let Some((session, generation)) = read_row(rest) else { continue };
                rows.push(Row { at_ms: u64::from_be_bytes(*at_ms), session, generation, bytes: row });
            }
        }
        rows.sort_unstable_by(|one, other| one.bytes.cmp(&other.bytes));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn waits(&self, app: &str, row: &Row) -> Result<Worth, Fault> {
        let request = Request::new("HMGET", &self.keys.session(app, &row.session)).arg(&["e", "g", "wg", "wa", "wm", "u"]);
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        let (erased, newest, named) = (reply.number()?, reply.number_or_zero()?, reply.number()?);
        let (at_ms, message, user) = (reply.number()?, reply.id()?, reply.string()?.unwrap_or_default());
        if erased.is_some() {
            return Ok(Worth::Stale);
        }
        Ok(match (named, message) {
            (Some(named), Some(message)) if named == row.generation && at_ms == Some(row.at_ms) => {
                Worth::Waits(Waiting { session: row.session, message, user: Arc::from(user), at_ms: row.at_ms })
            }
            _ if row.generation <= newest || is_old(row.at_ms) => Worth::Stale,
            _ => Worth::Open,
        })
    }
}

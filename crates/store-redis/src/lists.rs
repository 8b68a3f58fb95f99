//! A user's list, read against the sessions that its rows name.
//!
//! A row that no session names is taken away, one at the wrong place is moved. Nothing is shown that the session itself does not say.

use std::sync::Arc;

use colloq_store::{Listed, Page, StoreError};
use futures_util::future::try_join_all;

use crate::error::Fault;
use crate::inner::Inner;
use crate::keys::read_row;
use crate::reply::Reply;
use crate::request::Request;
use crate::script::LOWER;
use crate::servers::Deed;

/// Rows of an append that never came go after a day.
const OPEN_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// How often a page is begun anew because a row moved up while it was read.
const ROUNDS_MAX: usize = 4;

/// One row as the index has it.
struct Row {
    at_ms: u64,
    bytes: Vec<u8>,
    session: [u8; 16],
    generation: u64,
}

/// What a row is worth.
enum Worth {
    /// It says what the session says.
    Shown(Listed),
    /// The session was active at another time.
    Moved(u64),
    /// No session names it, and none will.
    Stale,
    /// An append that needs it may be on its way.
    Open,
}

impl Inner {
    pub(crate) async fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Result<Page, StoreError> {
        let (key, limit) = (self.keys.list(app, user), limit.max(1));
        let first = after.map(|(at_ms, session)| (at_ms, session.to_vec()));
        let mut items = Vec::new();
        for _ in 0..ROUNDS_MAX {
            items.clear();
            if !self.collect(app, &key, first.clone(), limit, &mut items).await? {
                break;
            }
        }
        let is_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| is_more).map(|row: &Listed| (row.active_ms, row.session));
        Ok(Page { items, next })
    }

    /// Collects one row more than the page has, where there are so many; `true` where one moved up into what was read.
    async fn collect(
        &self,
        app: &str,
        index: &str,
        first: Option<(u64, Vec<u8>)>,
        limit: usize,
        items: &mut Vec<Listed>,
    ) -> Result<bool, StoreError> {
        let mut after = first.clone();
        loop {
            let rows = self.list_rows(index, after.as_ref(), limit + 1 - items.len()).await?;
            let Some(last) = rows.last() else { return Ok(false) };
            after = Some((last.at_ms, last.bytes.clone()));
            let worths = try_join_all(rows.iter().map(|row| self.worth(app, row))).await?;
            let (mut repairs, mut is_astray) = (Vec::new(), false);
            for (row, worth) in rows.into_iter().zip(worths) {
                match worth {
                    Worth::Shown(listed) => items.push(listed),
                    Worth::Moved(active_ms) if active_ms > row.at_ms => {
                        // Behind the place where the page begins it would have been seen by the pages before.
                        is_astray |= first.as_ref().is_none_or(|(at_ms, _)| active_ms < *at_ms);
                        repairs.push(Request::new("ZADD", index).arg("GT").arg(active_ms).arg(row.bytes));
                    }
                    // It comes again at its place.
                    Worth::Moved(active_ms) => {
                        repairs.push(Request::script(&LOWER, &[index]).arg(row.bytes).arg(row.at_ms).arg(active_ms));
                    }
                    Worth::Stale => repairs.push(Request::new("ZREM", index).arg(row.bytes)),
                    Worth::Open => {}
                }
            }
            if !repairs.is_empty() {
                self.send_all("repair a user's list", repairs).await;
            }
            if is_astray {
                return Ok(true);
            }
            if items.len() > limit {
                return Ok(false);
            }
        }
    }

    /// At least one of the rows after a place, newest first, unless there is none.
    async fn list_rows(&self, list: &str, after: Option<&(u64, Vec<u8>)>, count: usize) -> Result<Vec<Row>, Fault> {
        let highest = after.map_or_else(|| "+inf".to_owned(), |(at_ms, _)| at_ms.to_string());
        let mut offset = 0;
        loop {
            let request = Request::new("ZRANGE", list).arg(&highest).arg("-inf").arg("BYSCORE").arg("REV");
            let request = request.arg("LIMIT").arg(offset).arg(count).arg("WITHSCORES");
            let mut reply = self.servers.send(&request, Deed::Again).await?;
            let read = reply.len() / 2;
            let mut rows = Vec::with_capacity(read);
            for (at_ms, row) in scored(&mut reply)? {
                let Some((session, generation)) = read_row(&row) else { continue };
                if after.is_none_or(|(place, last)| (at_ms, &row) < (*place, last)) {
                    rows.push(Row { at_ms, bytes: row, session, generation });
                }
            }
            if !rows.is_empty() || read < count {
                return Ok(rows);
            }
            offset += read;
        }
    }

    async fn worth(&self, app: &str, row: &Row) -> Result<Worth, Fault> {
        let request = Request::new("HMGET", &self.keys.session(app, &row.session)).arg(&["e", "g", "ug", "a", "s"]);
        let mut reply = self.servers.send(&request, Deed::Again).await?;
        let (erased, newest, listed) = (reply.number()?, reply.number_or_zero()?, reply.number()?);
        let (active_ms, summary) = (reply.number_or_zero()?, reply.bytes()?.unwrap_or_default());
        Ok(match (erased, listed) {
            (Some(_), _) => Worth::Stale,
            (None, Some(listed)) if listed == row.generation && active_ms == row.at_ms => {
                Worth::Shown(Listed { session: row.session, active_ms, summary })
            }
            (None, Some(listed)) if listed == row.generation => Worth::Moved(active_ms),
            _ if row.generation <= newest || is_old(row.at_ms) => Worth::Stale,
            _ => Worth::Open,
        })
    }
}

/// Whether what was on its way at a time must have arrived since.
pub(crate) fn is_old(at_ms: u64) -> bool {
    at_ms.saturating_add(OPEN_MS_MAX) < now_ms()
}

/// Rows with their scores, as times.
pub(crate) fn scored(reply: &mut Reply) -> Result<Vec<(u64, Vec<u8>)>, Fault> {
    let mut rows = Vec::with_capacity(reply.len() / 2);
    while reply.len() > 1 {
        let row = reply.bytes()?.unwrap_or_default();
        let score: f64 = reply.string()?.and_then(|score| score.parse().ok()).ok_or_else(|| Fault::strange("a score is none"))?;
        #[allow(clippy::cast_sign_loss, reason = "times begin at zero")]
        rows.push((score as u64, row.into()));
    }
    Ok(rows)
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The app of a key, shared.
pub(crate) fn shared(app: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(app).into()
}

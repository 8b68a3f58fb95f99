//! Writes the rows of the indexes: those that have to stand before a session changes, and those that may go once it has.
//!
//! A row that a session may come to need is written before the session needs it, and what is taken away was already of no use. It
//! must never take a row that a session's own hash still names.

use colloq_store::{Key, Meta};
use futures_util::future::join_all;

use crate::error::Fault;
use crate::inner::Inner;
use crate::keys::{bucket, due_row, list_row, waiting_row};
use crate::reply::Reply;
use crate::request::Request;
use crate::servers::Deed;

/// Rows that were written for an append: their generation, and which they are (`l`, `d`, `w`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) generation: Option<u64>,
    pub(crate) which: String,
}

/// Which rows of a session no longer say what it says.
#[derive(Debug, Default)]
pub(crate) struct Stale {
    pub(crate) list: Option<(String, u64)>,
    pub(crate) due: Option<u64>,
    pub(crate) waiting: Option<(u64, u64)>,
}

impl Stale {
    /// Reads user, generation, generation of the deadline's row, since when it waits, and that row's generation.
    pub(crate) fn read(reply: &mut Reply) -> Result<Self, Fault> {
        let (user, listed, due) = (reply.string()?, reply.number()?, reply.number()?);
        let (at_ms, waiting) = (reply.number()?, reply.number()?);
        Ok(Self { list: user.zip(listed), due, waiting: at_ms.zip(waiting) })
    }
}

impl Inner {
    fn add_list_row(&self, key: &Key, user: &str, active_ms: u64, generation: u64) -> Request {
        let request = Request::new("ZADD", &self.keys.list(&key.app, user));
        request.arg("GT").arg(active_ms).arg(list_row(&key.session, generation))
    }

    fn add_due_row(&self, key: &Key, deadline_ms: u64, generation: u64) -> Request {
        let request = Request::new("ZADD", &self.keys.due(bucket(&key.session)));
        request.arg("LT").arg(deadline_ms).arg(due_row(key, generation))
    }

    fn add_waiting_row(&self, key: &Key, at_ms: u64, generation: u64) -> Request {
        let request = Request::new("ZADD", &self.keys.waiting(&key.app, bucket(&key.session)));
        request.arg(0).arg(waiting_row(at_ms, &key.session, generation))
    }

    /// Writes the rows that a session is about to need, as durably as the session itself.
    pub(crate) async fn write_rows(&self, key: &Key, meta: &Meta, written: &Written) -> Result<(), Fault> {
        let Some(generation) = written.generation else { return Ok(()) };
        let mut requests = Vec::new();
        if written.which.contains('l') {
            requests.push(self.add_list_row(key, &meta.user, meta.active_ms, generation));
        }
        if let Some(deadline_ms) = meta.deadline_ms.filter(|_| written.which.contains('d')) {
            requests.push(self.add_due_row(key, deadline_ms, generation));
        }
        if let Some(unanswered) = meta.unanswered.filter(|_| written.which.contains('w')) {
            requests.push(self.add_waiting_row(key, unanswered.at_ms, generation));
        }
        for result in join_all(requests.iter().map(|request| self.servers.send(request, Deed::Once))).await {
            // Rows may be written twice, and one too many does no harm: what is not known to be there is not there.
            result.map_err(|fault| Fault::Refused(fault.into()))?;
        }
        Ok(())
    }

    /// Writes the row that a touch is about to need.
    pub(crate) async fn write_due_row(&self, key: &Key, deadline_ms: u64, generation: u64) -> Result<(), Fault> {
        self.servers.send(&self.add_due_row(key, deadline_ms, generation), Deed::Once).await.map(drop)
    }

    /// Moves a session up its user's list, and takes away the rows that it no longer names.
    pub(crate) async fn settle_rows(&self, key: &Key, listed: Option<(&str, u64, u64)>, stale: &Stale) {
        let mut requests = Vec::new();
        if let Some((user, active_ms, generation)) = listed {
            requests.push(self.add_list_row(key, user, active_ms, generation));
        }
        if let Some((user, generation)) = &stale.list {
            let request = Request::new("ZREM", &self.keys.list(&key.app, user));
            requests.push(request.arg(list_row(&key.session, *generation)));
        }
        if let Some(generation) = stale.due {
            let request = Request::new("ZREM", &self.keys.due(bucket(&key.session)));
            requests.push(request.arg(due_row(key, generation)));
        }
        if let Some((at_ms, generation)) = stale.waiting {
            let request = Request::new("ZREM", &self.keys.waiting(&key.app, bucket(&key.session)));
            requests.push(request.arg(waiting_row(at_ms, &key.session, generation)));
        }
        self.send_all("settle the rows of a session", requests).await;
    }

    /// Writes the rows anew that a session names: a node that lost them is given them again by whoever loads the session.
    pub(crate) async fn repair_rows(&self, key: &Key, active_ms: u64, rows: &mut Reply) -> Result<(), Fault> {
        let (user, listed) = (rows.string()?, rows.number()?);
        let (deadline_ms, due) = (rows.number()?, rows.number()?);
        let (at_ms, waiting) = (rows.number()?, rows.number()?);
        let mut requests = Vec::new();
        if let Some((user, generation)) = user.zip(listed) {
            requests.push(self.add_list_row(key, &user, active_ms, generation));
        }
        if let Some((deadline_ms, generation)) = deadline_ms.zip(due) {
            requests.push(self.add_due_row(key, deadline_ms, generation));
        }
        if let Some((at_ms, generation)) = at_ms.zip(waiting) {
            requests.push(self.add_waiting_row(key, at_ms, generation));
        }
        self.send_all("repair the rows of a session", requests).await;
        Ok(())
    }

    /// Sends what may fail: readers mend it.
    pub(crate) async fn send_all(&self, what: &str, requests: Vec<Request>) {
        for result in join_all(requests.iter().map(|request| self.servers.send(request, Deed::Again))).await {
            if let Err(fault) = result {
                tracing::warn!(error = %colloq_store::StoreError::from(fault), "could not {what}; the next reader will");
            }
        }
    }
}

//! The writer: one thread that takes all that waits, writes it in one transaction and answers after the commit.
//!
//! It must never answer before `COMMIT` has returned, never let one operation's conflict disturb another's, and never acknowledge
//! anything after a commit failed for a reason other than a full disk.

use std::collections::HashMap;
use std::sync::Arc;

use colloq_store::{Append, Archived, Found, Head, Key, Loaded, PRIVATES_MAX, Snapshot, Touch};
use rusqlite::Connection;

use crate::error::Fault;
use crate::queue::{Batch, Op, Outcome, Queue};
use crate::sessions::Row;
use crate::{archive, doors, log, privates, reads, sessions};

/// How many sessions' rows are remembered; beyond that all are forgotten and read anew.
const ROWS_MAX: usize = 65_536;
/// How many of the newest entries stay when a snapshot is put.
const KEPT: u64 = 256;
/// How many rows a sweep looks at for each that was written: with two, at most about half of the rows are ones that are not needed.
const SWEPT_PER_ROW: usize = 2;
/// How long a tombstone stays: 30 days.
const TOMBSTONE_MS: u64 = 30 * 24 * 60 * 60 * 1000;

pub(crate) struct Writer {
    connection: Connection,
    queue: Arc<Queue>,
    /// Sessions as the transaction under way has them.
    rows: HashMap<Key, Row>,
    next_session: i64,
    /// The place up to which rows that are not needed were swept away in this round.
    swept: i64,
    /// How many rows were written that no sweep was made for.
    unswept: u64,
}

/// Why a batch was not acknowledged.
enum Failure {
    /// It was rolled back.
    Undone(Fault),
    /// The commit itself failed: it may come to light when the file is opened anew.
    InDoubt(Fault),
}

impl Writer {
    pub(crate) fn new(connection: Connection, queue: Arc<Queue>) -> rusqlite::Result<Self> {
        let next_session = sessions::next_number(&connection)?;
        Ok(Self { connection, queue, rows: HashMap::new(), next_session, swept: 0, unswept: 0 })
    }

    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        while let Some(batch) = self.queue.take() {
            self.handle_batch(batch);
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::error!(%error, "the store's file did not close cleanly; what was acknowledged is in its write-ahead log");
        }
    }

    pub(crate) fn handle_batch(&mut self, batch: Batch) {
        if let Some(why) = self.queue.failed() {
            batch.ops.into_iter().for_each(|op| op.refuse(&why));
            return;
        }
        match self.commit(&batch) {
            Ok(outcomes) => batch.ops.into_iter().zip(outcomes).for_each(|(op, outcome)| op.answer(outcome)),
            Err(Failure::InDoubt(fault)) => {
                self.stop_writing(&fault);
                batch.ops.into_iter().for_each(|op| op.doubt(&fault));
            }
            // One damaged session must not take the others with it: each gets a transaction of its own. The touches are given up.
            Err(Failure::Undone(fault)) if fault.is_damage() && batch.ops.len() + batch.touches.len() > 1 => {
                tracing::error!(%fault, "a batch met damage; its writes are tried one by one");
                for op in batch.ops {
                    self.handle_batch(Batch { ops: vec![op], touches: HashMap::new() });
                }
            }
            Err(Failure::Undone(fault)) => {
                tracing::error!(%fault, "a batch of writes was rolled back");
                if fault.is_io() || !self.connection.is_autocommit() {
                    self.stop_writing(&fault);
                }
                batch.ops.into_iter().for_each(|op| op.fail(&fault));
            }
        }
    }

    fn stop_writing(&self, fault: &Fault) {
        tracing::error!(%fault, "the store failed to commit and takes no more writes until it is opened anew");
        self.queue.fail(format!("it failed to commit earlier ({fault}) and must be opened anew"));
    }

    fn commit(&mut self, batch: &Batch) -> Result<Vec<Outcome>, Failure> {
        match self.write(batch) {
            Ok(outcomes) => match self.execute("COMMIT") {
                Ok(()) => Ok(outcomes),
                Err(fault) => {
                    self.roll_back();
                    Err(if fault.is_full() { Failure::Undone(fault) } else { Failure::InDoubt(fault) })
                }
            },
            Err(fault) => {
                self.roll_back();
                Err(Failure::Undone(fault))
            }
        }
    }

    fn write(&mut self, batch: &Batch) -> Result<Vec<Outcome>, Fault> {
        self.execute("BEGIN IMMEDIATE")?;
        let outcomes = batch.ops.iter().map(|op| self.apply(op)).collect::<Result<Vec<_>, _>>()?;
        for (key, touch) in &batch.touches {
            self.apply_touch(key, *touch)?;
        }
        Ok(outcomes)
    }

    fn execute(&self, statement: &str) -> Result<(), Fault> {
        self.connection.prepare_cached(statement)?.execute([])?;
        Ok(())
    }

    fn roll_back(&mut self) {
        self.rows.clear();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn apply(&mut self, op: &Op) -> Result<Outcome, Fault> {
        match op {
            Op::Append(append, _) => self.append(append),
            Op::Snapshot(key, snapshot, _) => self.put_snapshot(key, snapshot).map(|()| Outcome::Done),
            Op::Erase(key, now_ms, _) => self.erase(key, *now_ms).map(Outcome::Erased),
            Op::Private(key, name, value, _) => self.put_private(key, name, value.as_deref()),
            Op::Whole(key, expected, archived, _) => self.put_whole(key, *expected, archived),
            Op::Raise(schema, _) => archive::raise_schema_min(&self.connection, *schema).map(Outcome::Raised),
            Op::Secret(fresh, _) => doors::secret(&self.connection, fresh).map(Outcome::Secret),
            Op::Revoke(revocation, _) => doors::revoke(&self.connection, revocation).map(|()| Outcome::Done),
            Op::Keep(name, replaces, bytes, _) => doors::keep(&self.connection, name, *replaces, bytes).map(Outcome::Kept),
            Op::Flush(_) => Ok(Outcome::Done),
        }
    }

    fn append(&mut self, append: &Append) -> Result<Outcome, Fault> {
        let found = self.row(&append.key)?;
        let mut row = match found {
            Some(row) if row.erased => return Ok(Outcome::Refused),
            Some(row) if row.head != append.expected => {
                return Ok(Outcome::Conflict(Box::new(reads::missed(&self.connection, &row, append.expected)?)));
            }
            Some(row) => row,
            None if append.expected != Head::ZERO => {
                return Ok(Outcome::Conflict(Box::new(Loaded { snapshot: None, records: Vec::new(), touched_ms: 0 })));
            }
            None => self.new_row(),
        };
        row.last = log::insert(&self.connection, row.session, row.last, &append.records)?;
        row.head = append.head();
        self.unswept += 1;
        row.active_ms = row.active_ms.max(append.meta.active_ms);
        if found.is_some() {
            sessions::update(&self.connection, &row, &append.meta)?;
        } else {
            sessions::insert(&self.connection, &append.key, &row, &append.meta)?;
        }
        self.remember(&append.key, row);
        Ok(Outcome::Done)
    }

    fn put_snapshot(&mut self, key: &Key, snapshot: &Snapshot) -> Result<(), Fault> {
        let Some(mut row) = self.row(key)?.filter(|row| !row.erased) else {
            return Ok(());
        };
        let kept = log::snapshot(&self.connection, row.session)?.map_or(0, |kept| kept.head.version);
        if snapshot.head.version <= kept || !log::holds(&self.connection, &row, snapshot.head)? {
            return Ok(());
        }
        log::put_snapshot(&self.connection, row.session, snapshot)?;
        let floor = snapshot.head.version.min(row.head.version.saturating_sub(KEPT));
        if floor > row.floor {
            sessions::set_floor(&self.connection, row.session, floor)?;
            let rows = self.unswept.min(floor - row.floor);
            row.floor = floor;
            self.remember(key, row);
            if rows > 0 {
                self.unswept -= rows;
                self.swept = log::sweep(&self.connection, self.swept, SWEPT_PER_ROW * rows as usize)?;
            }
        }
        Ok(())
    }

    fn put_private(&mut self, key: &Key, name: &str, value: Option<&[u8]>) -> Result<Outcome, Fault> {
        let Some(row) = self.row(key)?.filter(|row| !row.erased) else {
            return Ok(Outcome::Refused);
        };
        let Some(value) = value else {
            privates::remove(&self.connection, row.session, name)?;
            return Ok(Outcome::Done);
        };
        if privates::count_others(&self.connection, row.session, name)? >= PRIVATES_MAX {
            return Ok(Outcome::TooMany);
        }
        privates::put(&self.connection, row.session, name, value)?;
        Ok(Outcome::Done)
    }

    fn put_whole(&mut self, key: &Key, expected: Found, archived: &Archived) -> Result<Outcome, Fault> {
        let there = self.row(key)?;
        let found = there.map_or(Found::Nothing, |row| if row.erased { Found::Erased } else { Found::Head(row.head) });
        if found == archived.found() {
            return Ok(Outcome::Done);
        }
        if found != expected || found == Found::Erased {
            return Ok(Outcome::Elsewhere(found));
        }
        if let Some(old) = there {
            log::erase(&self.connection, &old)?;
            privates::erase(&self.connection, old.session)?;
            sessions::remove(&self.connection, old.session)?;
            self.rows.remove(key);
        }
        let fresh = self.new_row();
        let row = archive::insert(&self.connection, key, fresh, archived)?;
        self.remember(key, row);
        Ok(Outcome::Done)
    }

    fn erase(&mut self, key: &Key, now_ms: u64) -> Result<bool, Fault> {
        if sessions::drop_tombstones(&self.connection, now_ms.saturating_sub(TOMBSTONE_MS))? > 0 {
            self.rows.clear();
        }
        let Some(row) = self.row(key)?.filter(|row| !row.erased) else {
            return Ok(false);
        };
        log::erase(&self.connection, &row)?;
        privates::erase(&self.connection, row.session)?;
        sessions::bury(&self.connection, row.session, now_ms)?;
        self.rows.remove(key);
        Ok(true)
    }

    fn apply_touch(&mut self, key: &Key, touch: Touch) -> Result<(), Fault> {
        let Some(mut row) = self.row(key)?.filter(|row| !row.erased) else {
            return Ok(());
        };
        if touch.active_ms >= row.active_ms {
            row.active_ms = touch.active_ms;
            sessions::touch(&self.connection, row.session, touch)?;
            self.remember(key, row);
        }
        Ok(())
    }

    fn row(&mut self, key: &Key) -> Result<Option<Row>, Fault> {
        if let Some(row) = self.rows.get(key) {
            return Ok(Some(*row));
        }
        let found = sessions::find(&self.connection, key)?;
        if let Some(row) = found {
            self.remember(key, row);
        }
        Ok(found)
    }

    fn remember(&mut self, key: &Key, row: Row) {
        if self.rows.len() >= ROWS_MAX {
            self.rows.clear();
        }
        self.rows.insert(key.clone(), row);
    }

    /// A session without entries. Its number is not given twice, also where the transaction is rolled back.
    fn new_row(&mut self) -> Row {
        let session = self.next_session;
        self.next_session += 1;
        Row { session, head: Head::ZERO, last: 0, floor: 0, active_ms: 0, erased: false }
    }
}

#[cfg(test)]
mod tests;

//! The table of sessions: heads, times and summaries, and the lists that follow from them.
//!
//! It must never scan the table: every statement here has an index.

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Head, Key, Listed, Meta, Page, Touch, Waiting};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Fault;
use crate::schema::{column, number};

/// What a write needs to know of a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) session: i64,
    pub(crate) head: Head,
    /// The place of the newest entry.
    pub(crate) last: i64,
    /// The version up to which entries were trimmed.
    pub(crate) floor: u64,
    pub(crate) active_ms: u64,
    pub(crate) erased: bool,
}

/// A session or its tombstone.
pub(crate) fn find(connection: &Connection, key: &Key) -> Result<Option<Row>, Fault> {
    let found = connection
        .prepare_cached("SELECT session, version, chain, last, floor, active_ms, erased_ms FROM sessions WHERE app = ?1 AND id = ?2")?
        .query_row(params![&*key.app, key.session], |row| {
            Ok(Row {
                session: row.get(0)?,
                head: Head { version: number(row.get(1)?), chain: row.get(2)? },
                last: row.get(3)?,
                floor: number(row.get(4)?),
                active_ms: number(row.get(5)?),
                erased: row.get::<_, Option<i64>>(6)?.is_some(),
            })
        })
        .optional()?;
    Ok(found)
}

/// A session that is not erased.
pub(crate) fn find_live(connection: &Connection, key: &Key) -> Result<Option<Row>, Fault> {
    Ok(find(connection, key)?.filter(|row| !row.erased))
}

/// The first number that no session has.
pub(crate) fn next_number(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(session), 0) + 1 FROM sessions", [], |row| row.get(0))
}

pub(crate) fn insert(connection: &Connection, key: &Key, row: &Row, meta: &Meta) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (session, app, id, user, version, chain, last, floor, active_ms, deadline_ms, summary, waiting, waiting_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            row.session,
            &*key.app,
            key.session,
            &*meta.user,
            column(row.head.version),
            row.head.chain,
            row.last,
            column(row.floor),
            column(row.active_ms),
            meta.deadline_ms.map(column),
            &meta.summary[..],
            meta.unanswered.map(|unanswered| unanswered.message),
            meta.unanswered.map(|unanswered| column(unanswered.at_ms)),
        ])?;
    Ok(())
}

pub(crate) fn update(connection: &Connection, row: &Row, meta: &Meta) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE sessions SET version = ?2, chain = ?3, last = ?4, active_ms = ?5, deadline_ms = ?6, summary = ?7, user = ?8,
             waiting = ?9, waiting_ms = ?10 WHERE session = ?1",
        )?
        .execute(params![
            row.session,
            column(row.head.version),
            row.head.chain,
            row.last,
            column(row.active_ms),
            meta.deadline_ms.map(column),
            &meta.summary[..],
            &*meta.user,
            meta.unanswered.map(|unanswered| unanswered.message),
            meta.unanswered.map(|unanswered| column(unanswered.at_ms)),
        ])?;
    Ok(())
}

pub(crate) fn touch(connection: &Connection, session: i64, touch: Touch) -> Result<(), Fault> {
    connection
        .prepare_cached("UPDATE sessions SET active_ms = ?2, deadline_ms = ?3, waiting = ?4, waiting_ms = ?5 WHERE session = ?1")?
        .execute(params![
            session,
            column(touch.active_ms),
            touch.deadline_ms.map(column),
            touch.unanswered.map(|unanswered| unanswered.message),
            touch.unanswered.map(|unanswered| column(unanswered.at_ms)),
        ])?;
    Ok(())
}

pub(crate) fn set_floor(connection: &Connection, session: i64, floor: u64) -> Result<(), Fault> {
    connection.prepare_cached("UPDATE sessions SET floor = ?2 WHERE session = ?1")?.execute(params![session, column(floor)])?;
    Ok(())
}

/// Leaves of a session nothing but its key and the time.
pub(crate) fn bury(connection: &Connection, session: i64, now_ms: u64) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE sessions SET user = '', version = 0, chain = zeroblob(32), last = 0, floor = 0, active_ms = 0, deadline_ms = NULL,
             waiting = NULL, waiting_ms = NULL, erased_ms = ?2, summary = x'' WHERE session = ?1",
        )?
        .execute(params![session, column(now_ms)])?;
    Ok(())
}

/// Takes a row away; what it names is gone already.
pub(crate) fn remove(connection: &Connection, session: i64) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM sessions WHERE session = ?1")?.execute([session])?;
    Ok(())
}

/// Removes some of the tombstones that were made at or before a time; answers how many.
pub(crate) fn drop_tombstones(connection: &Connection, until_ms: u64) -> Result<usize, Fault> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM sessions WHERE session IN (SELECT session FROM sessions WHERE erased_ms <= ?1 ORDER BY erased_ms LIMIT 64)",
    )?;
    Ok(statement.execute([column(until_ms)])?)
}

pub(crate) fn list(connection: &Connection, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Result<Page, Fault> {
    // Longer than any id, so that it stands behind the last one of its millisecond.
    let above = [u8::MAX; 17];
    let (active_ms, id) = after.as_ref().map_or((i64::MAX, &above[..]), |(active_ms, id)| (column(*active_ms), &id[..]));
    let limit = limit.max(1);
    let mut statement = connection.prepare_cached(
        "SELECT id, active_ms, summary FROM sessions
         WHERE app = ?1 AND user = ?2 AND erased_ms IS NULL AND (active_ms, id) < (?3, ?4)
         ORDER BY active_ms DESC, id DESC LIMIT ?5",
    )?;
    let rows = statement.query_map(params![app, user, active_ms, id, column(limit as u64).saturating_add(1)], |row| {
        Ok(Listed { session: row.get(0)?, active_ms: number(row.get(1)?), summary: Bytes::from(row.get::<_, Vec<u8>>(2)?) })
    })?;
    let mut items = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|row| (row.active_ms, row.session));
    Ok(Page { items, next })
}

pub(crate) fn unanswered(connection: &Connection, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Result<Vec<Waiting>, Fault> {
    let (at_ms, id) = after.as_ref().map_or((-1, &[][..]), |(at_ms, id)| (column(*at_ms), &id[..]));
    let mut statement = connection.prepare_cached(
        "SELECT id, waiting, user, waiting_ms FROM sessions WHERE app = ?1 AND waiting_ms IS NOT NULL AND (waiting_ms, id) > (?2, ?3)
         ORDER BY waiting_ms, id LIMIT ?4",
    )?;
    let rows = statement.query_map(params![app, at_ms, id, column(limit.max(1) as u64)], |row| {
        let user = Arc::from(row.get_ref(2)?.as_str()?);
        Ok(Waiting { session: row.get(0)?, message: row.get(1)?, user, at_ms: number(row.get(3)?) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn due(connection: &Connection, now_ms: u64, limit: usize) -> Result<Vec<Key>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT app, id FROM sessions WHERE deadline_ms <= ?1 ORDER BY deadline_ms, session LIMIT ?2")?;
    let keys = statement.query_map(params![column(now_ms), column(limit as u64)], |row| {
        Ok(Key { app: Arc::from(row.get_ref(0)?.as_str()?), session: row.get(1)? })
    })?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

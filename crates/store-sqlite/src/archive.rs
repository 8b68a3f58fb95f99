//! Sessions whole, in and out of the file, and the mark of the lowest schema.
//!
//! The mark stands in a table that is made when it is first set, so that a file which has none is the file of an older version as well.

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Archive, Archived, Found, Key, Keys, Meta, Pending, PutError, StoreError, Unanswered, Whole};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Fault;
use crate::queue::Op;
use crate::schema::{column, number};
use crate::sessions::Row;
use crate::{SqliteStore, log, privates, sessions, stopped};

/// The name under which the lowest schema stands.
const SCHEMA_MIN: &str = "schema_min";

/// A page of keys in the order of their rows; `after` is the last row's number.
fn keys(connection: &Connection, after: Option<&Bytes>, limit: usize) -> Result<Keys, Fault> {
    let after = after.and_then(|after| after[..].try_into().ok()).map_or(0, i64::from_be_bytes);
    let mut statement = connection.prepare_cached("SELECT session, app, id FROM sessions WHERE session > ?1 ORDER BY session LIMIT ?2")?;
    let rows = statement.query_map(params![after, column(limit.max(1) as u64)], |row| {
        Ok((row.get::<_, i64>(0)?, Key { app: Arc::from(row.get_ref(1)?.as_str()?), session: row.get(2)? }))
    })?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let next = rows.last().map(|(session, _)| Bytes::copy_from_slice(&session.to_be_bytes()));
    Ok(Keys { items: rows.into_iter().map(|(_, key)| key).collect(), next })
}

fn whole(connection: &Connection, key: &Key) -> Result<Option<Archived>, Fault> {
    let Some(row) = sessions::find(connection, key)? else { return Ok(None) };
    let sql = "SELECT user, summary, active_ms, deadline_ms, waiting, waiting_ms, erased_ms FROM sessions WHERE session = ?1";
    let (meta, erased_ms) = connection.prepare_cached(sql)?.query_row([row.session], |found| {
        let (message, at_ms): (Option<[u8; 16]>, Option<i64>) = (found.get(4)?, found.get(5)?);
        let meta = Meta {
            user: Arc::from(found.get_ref(0)?.as_str()?),
            summary: Bytes::from(found.get::<_, Vec<u8>>(1)?),
            active_ms: number(found.get(2)?),
            deadline_ms: found.get::<_, Option<i64>>(3)?.map(number),
            unanswered: message.zip(at_ms).map(|(message, at_ms)| Unanswered { message, at_ms: number(at_ms) }),
        };
        Ok((meta, found.get::<_, Option<i64>>(6)?))
    })?;
    if let Some(at_ms) = erased_ms {
        return Ok(Some(Archived::Erased { at_ms: number(at_ms) }));
    }
    let whole = Whole {
        meta,
        snapshot: log::snapshot(connection, row.session)?,
        records: log::read_after(connection, &row, row.floor, usize::MAX)?,
        privates: privates::all(connection, row.session)?,
    };
    match whole.broken() {
        Some(what) => Err(Fault::Damaged(format!("the session in row {}: {what}", row.session))),
        None => Ok(Some(Archived::Session(Box::new(whole)))),
    }
}

/// Writes a session or a tombstone as a fresh row; nothing is there under the key.
pub(crate) fn insert(connection: &Connection, key: &Key, mut row: Row, archived: &Archived) -> Result<Row, Fault> {
    match archived {
        Archived::Erased { at_ms } => {
            let meta = Meta { user: "".into(), summary: Bytes::new(), active_ms: 0, deadline_ms: None, unanswered: None };
            sessions::insert(connection, key, &row, &meta)?;
            sessions::bury(connection, row.session, *at_ms)?;
            row.erased = true;
        }
        Archived::Session(whole) => {
            (row.floor, row.active_ms) = (whole.floor(), whole.meta.active_ms);
            row.last = log::insert(connection, row.session, row.last, &whole.records)?;
            row.head = whole.records.last().map_or(row.head, |record| record.head);
            sessions::insert(connection, key, &row, &whole.meta)?;
            if let Some(snapshot) = &whole.snapshot {
                log::put_snapshot(connection, row.session, snapshot)?;
            }
            for (name, value) in &whole.privates {
                privates::put(connection, row.session, name, value)?;
            }
        }
    }
    Ok(row)
}

/// The mark; 0 where there is none.
fn schema_min(connection: &Connection) -> Result<u32, Fault> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'marks'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(0);
    }
    let found = connection.query_row("SELECT value FROM marks WHERE name = ?1", [SCHEMA_MIN], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

/// Raises the mark; answers what it is then.
pub(crate) fn raise_schema_min(connection: &Connection, schema: u32) -> Result<u32, Fault> {
    connection.execute_batch("CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID")?;
    let sql = "INSERT INTO marks (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)";
    connection.execute(sql, params![SCHEMA_MIN, schema])?;
    schema_min(connection)
}

impl Archive for SqliteStore {
    fn keys(&self, after: Option<Bytes>, limit: usize) -> Pending<Result<Keys, StoreError>> {
        self.read(move |connection| keys(connection, after.as_ref(), limit))
    }

    fn whole(&self, key: &Key) -> Pending<Result<Option<Archived>, StoreError>> {
        let key = key.clone();
        self.read(move |connection| whole(connection, &key))
    }

    fn put_whole(&self, key: &Key, expected: Found, archived: Archived) -> Pending<Result<(), PutError>> {
        if let Archived::Session(whole) = &archived
            && let Some(what) = whole.broken()
        {
            return Box::pin(std::future::ready(Err(StoreError::Damaged(what.into()).into())));
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.queue.push(Op::Whole(key.clone(), expected, Box::new(archived), reply));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(stopped().into())) })
    }

    fn schema_min(&self) -> Pending<Result<u32, StoreError>> {
        self.read(schema_min)
    }

    fn raise_schema_min(&self, schema: u32) -> Pending<Result<u32, StoreError>> {
        self.write(|reply| Op::Raise(schema, reply))
    }
}

//! What a read answers, composed from the tables. Each runs in one transaction, so that it sees one moment.
//!
//! It must never write.

use bytes::Bytes;
use colloq_store::{Found, Head, Key, Loaded, Record};
use rusqlite::Connection;

use crate::error::Fault;
use crate::sessions::Row;
use crate::{log, privates, sessions};

pub(crate) fn load(connection: &Connection, key: &Key) -> Result<Option<Loaded>, Fault> {
    sessions::find_live(connection, key)?.map(|row| load_row(connection, &row)).transpose()
}

pub(crate) fn head(connection: &Connection, key: &Key) -> Result<Found, Fault> {
    let row = sessions::find(connection, key)?;
    Ok(row.map_or(Found::Nothing, |row| if row.erased { Found::Erased } else { Found::Head(row.head) }))
}

pub(crate) fn entries_after(connection: &Connection, key: &Key, after: Head, max_bytes: usize) -> Result<Option<Vec<Record>>, Fault> {
    match sessions::find_live(connection, key)? {
        Some(row) if log::holds(connection, &row, after)? => log::read_after(connection, &row, after.version, max_bytes).map(Some),
        _ => Ok(None),
    }
}

pub(crate) fn head_at(connection: &Connection, key: &Key, version: u64) -> Result<Option<Head>, Fault> {
    sessions::find_live(connection, key)?.map_or(Ok(None), |row| log::head_at(connection, &row, version))
}

pub(crate) fn private(connection: &Connection, key: &Key, name: &str) -> Result<Option<Bytes>, Fault> {
    match sessions::find_live(connection, key)? {
        Some(row) => privates::find(connection, row.session, name),
        None => Ok(None),
    }
}

pub(crate) fn privates(connection: &Connection, key: &Key) -> Result<Vec<String>, Fault> {
    match sessions::find_live(connection, key)? {
        Some(row) => privates::names(connection, row.session),
        None => Ok(Vec::new()),
    }
}

/// What an append on another head than the row's has missed.
pub(crate) fn missed(connection: &Connection, row: &Row, expected: Head) -> Result<Loaded, Fault> {
    if !log::holds(connection, row, expected)? {
        return load_row(connection, row);
    }
    let records = log::read_after(connection, row, expected.version, usize::MAX)?;
    Ok(Loaded { snapshot: None, records, touched_ms: row.active_ms })
}

fn load_row(connection: &Connection, row: &Row) -> Result<Loaded, Fault> {
    let snapshot = log::snapshot(connection, row.session)?;
    let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.head.version);
    if after < row.floor {
        return Err(Fault::Damaged(format!("the snapshot of the session in row {} is missing", row.session)));
    }
    Ok(Loaded { snapshot, records: log::read_after(connection, row, after, usize::MAX)?, touched_ms: row.active_ms })
}

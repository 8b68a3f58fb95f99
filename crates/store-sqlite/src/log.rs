//! The log table: rows are written at its end and found by walking back from a later one.
//!
//! It must never look into an entry's bytes, and never take a gap for an end: a row that should be there and is not is damage.

use bytes::Bytes;
use colloq_store::{Head, Record, Snapshot};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Fault;
use crate::schema::{WAYPOINT, column, number};
use crate::sessions::Row;

/// One row on the way back.
struct Step {
    previous: i64,
    record: Record,
}

/// Writes an entry behind all others and answers its place.
pub(crate) fn insert(connection: &Connection, session: i64, previous: i64, record: &Record) -> Result<i64, Fault> {
    connection
        .prepare_cached("INSERT INTO log (previous, session, version, chain, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![previous, session, column(record.head.version), record.head.chain, &record.bytes[..]])?;
    Ok(connection.last_insert_rowid())
}

/// The entries after a version that is at or above the floor, oldest first, at most `max_bytes` of them but at least one.
pub(crate) fn read_after(connection: &Connection, row: &Row, after: u64, max_bytes: usize) -> Result<Vec<Record>, Fault> {
    let mut records: Vec<Record> = Vec::new();
    let mut bytes = 0usize;
    let mut done = after;
    while done < row.head.version {
        let end = waypoint_after(done).min(row.head.version);
        let mut place = place_of_waypoint(connection, row, end)?;
        let mut part = Vec::with_capacity((end - done) as usize);
        for version in (done + 1..=end).rev() {
            let step = step(connection, row.session, place, version)?;
            place = step.previous;
            part.push(step.record);
        }
        for record in part.into_iter().rev() {
            bytes = bytes.saturating_add(record.bytes.len());
            if bytes > max_bytes && !records.is_empty() {
                return Ok(records);
            }
            records.push(record);
        }
        done = end;
    }
    Ok(records)
}

/// Whether a head is a place in the log as it is kept.
pub(crate) fn holds(connection: &Connection, row: &Row, head: Head) -> Result<bool, Fault> {
    Ok(head_at(connection, row, head.version)? == Some(head))
}

/// The head at a version, where that is a place in the log as it is kept.
pub(crate) fn head_at(connection: &Connection, row: &Row, version: u64) -> Result<Option<Head>, Fault> {
    if version > row.head.version || version < row.floor {
        return Ok(None);
    }
    if version == row.head.version {
        return Ok(Some(row.head));
    }
    if version == 0 {
        return Ok(Some(Head::ZERO));
    }
    if version > row.floor {
        let place = place_of(connection, row, version)?;
        return Ok(Some(step(connection, row.session, place, version)?.record.head));
    }
    // The entry at the floor is gone, but the snapshot that let it go may stand at that very version.
    Ok(snapshot(connection, row.session)?.map(|snapshot| snapshot.head).filter(|head| head.version == version))
}

/// Deletes the entries from `through` down to the floor.
pub(crate) fn trim(connection: &Connection, row: &Row, through: u64) -> Result<(), Fault> {
    let mut place = place_of(connection, row, through)?;
    for version in (row.floor + 1..=through).rev() {
        let previous = step(connection, row.session, place, version)?.previous;
        connection.prepare_cached("DELETE FROM log WHERE place = ?1")?.execute([place])?;
        place = previous;
    }
    Ok(())
}

/// Deletes all entries; where the way back is damaged, by a search through all rows.
pub(crate) fn erase(connection: &Connection, row: &Row) -> Result<(), Fault> {
    match trim(connection, row, row.head.version) {
        Err(Fault::Damaged(_)) => {
            connection.execute("DELETE FROM log WHERE session = ?1", [row.session])?;
        }
        other => other?,
    }
    connection.prepare_cached("DELETE FROM snapshots WHERE session = ?1")?.execute([row.session])?;
    Ok(())
}

/// The newest snapshot.
pub(crate) fn snapshot(connection: &Connection, session: i64) -> Result<Option<Snapshot>, Fault> {
    let found = connection
        .prepare_cached("SELECT version, chain, bytes FROM snapshots WHERE session = ?1")?
        .query_row([session], |row| {
            let head = Head { version: number(row.get(0)?), chain: row.get(1)? };
            Ok(Snapshot { head, bytes: Bytes::from(row.get::<_, Vec<u8>>(2)?) })
        })
        .optional()?;
    Ok(found)
}

/// Keeps a snapshot in place of the one before.
pub(crate) fn put_snapshot(connection: &Connection, session: i64, snapshot: &Snapshot) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO snapshots (session, version, chain, bytes) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![session, column(snapshot.head.version), snapshot.head.chain, &snapshot.bytes[..]])?;
    Ok(())
}

/// The place of the entry at a version above the floor and at or below the head.
fn place_of(connection: &Connection, row: &Row, version: u64) -> Result<i64, Fault> {
    let start = waypoint_after(version - 1).min(row.head.version);
    let mut place = place_of_waypoint(connection, row, start)?;
    for later in (version + 1..=start).rev() {
        place = step(connection, row.session, place, later)?.previous;
    }
    Ok(place)
}

/// The place of the head's entry or of one that the sparse index knows.
fn place_of_waypoint(connection: &Connection, row: &Row, version: u64) -> Result<i64, Fault> {
    if version == row.head.version {
        return Ok(row.last);
    }
    connection
        .prepare_cached("SELECT place FROM log WHERE session = ?1 AND version = ?2 AND version % 64 = 0")?
        .query_row(params![row.session, column(version)], |found| found.get(0))
        .optional()?
        .ok_or_else(|| missing(row.session, version))
}

fn step(connection: &Connection, session: i64, place: i64, version: u64) -> Result<Step, Fault> {
    connection
        .prepare_cached("SELECT previous, chain, bytes FROM log WHERE place = ?1 AND session = ?2 AND version = ?3")?
        .query_row(params![place, session, column(version)], |row| {
            let head = Head { version, chain: row.get(1)? };
            Ok(Step { previous: row.get(0)?, record: Record { head, bytes: Bytes::from(row.get::<_, Vec<u8>>(2)?) } })
        })
        .optional()?
        .ok_or_else(|| missing(session, version))
}

/// The first version after `version` that the sparse index knows.
fn waypoint_after(version: u64) -> u64 {
    (version / WAYPOINT + 1) * WAYPOINT
}

fn missing(session: i64, version: u64) -> Fault {
    Fault::Damaged(format!("the entry {version} of the session in row {session} is missing"))
}

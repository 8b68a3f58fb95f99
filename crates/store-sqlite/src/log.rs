//! The log table: rows are written at its end and found by walking back from a later one. A row holds the entries of one append.
//!
//! It must never look into an entry's bytes, and never take a gap for an end: a row that should be there and is not is damage. Rows at or
//! below a session's floor go when the sweep comes by, the oldest first, so that until then they are found from the head as well.

use std::borrow::Cow;

use bytes::Bytes;
use colloq_store::{Head, Record, Snapshot};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Fault;
use crate::schema::{WAYPOINT, column, number};
use crate::sessions::Row;

/// The most entries in a row: whoever reads one entry reads its row.
const ROW_ENTRIES: usize = 64;
/// What stands at the beginning of a row for each entry before its last: the length and the chain.
const PART_BYTES: usize = 4 + 32;

/// One row on the way back: its entries, oldest first.
struct Step {
    previous: i64,
    records: Vec<Record>,
}

impl Step {
    /// The version before its first entry.
    fn before(&self) -> u64 {
        self.records.first().map_or(0, |record| record.head.version - 1)
    }
}

/// Writes entries behind all others and answers the place of the last.
pub(crate) fn insert(connection: &Connection, session: i64, mut previous: i64, records: &[Record]) -> Result<i64, Fault> {
    let sql = "INSERT INTO log (previous, session, version, chain, bytes, more) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = connection.prepare_cached(sql)?;
    for row in records.chunks(ROW_ENTRIES) {
        let [older @ .., last] = row else { continue };
        let bytes = pack(older, last);
        let more = column(older.len() as u64);
        previous = statement.insert(params![previous, session, column(last.head.version), last.head.chain, bytes, more])?;
    }
    Ok(previous)
}

/// What a row holds; an entry that is alone stands as it is.
fn pack<'r>(older: &[Record], last: &'r Record) -> Cow<'r, [u8]> {
    if older.is_empty() {
        return Cow::Borrowed(&last.bytes);
    }
    let length = older.iter().map(|record| PART_BYTES + record.bytes.len()).sum::<usize>() + last.bytes.len();
    let mut packed = Vec::with_capacity(length);
    for Record { head, bytes } in older {
        packed.extend_from_slice(&u32::try_from(bytes.len()).expect("an entry is far below 4 GiB").to_be_bytes());
        packed.extend_from_slice(&head.chain);
    }
    for record in older.iter().chain([last]) {
        packed.extend_from_slice(&record.bytes);
    }
    Cow::Owned(packed)
}

/// The entries of a row whose last one has this head; `None` where its bytes do not say so many.
fn unpack(head: Head, more: u64, packed: &Bytes) -> Option<Vec<Record>> {
    let more = usize::try_from(more).ok().filter(|more| (*more as u64) < head.version)?;
    let mut at = more.checked_mul(PART_BYTES)?;
    let mut records = Vec::with_capacity(ROW_ENTRIES.min(more + 1));
    for (part, version) in packed.get(..at)?.chunks_exact(PART_BYTES).zip(head.version - more as u64..) {
        let (length, chain) = part.split_first_chunk::<4>()?;
        let end = at + u32::from_be_bytes(*length) as usize;
        packed.get(at..end)?;
        records.push(Record { head: Head { version, chain: chain.try_into().ok()? }, bytes: packed.slice(at..end) });
        at = end;
    }
    records.push(Record { head, bytes: packed.slice(at..) });
    Some(records)
}

/// The entries after a version that is at or above the floor, oldest first, at most `max_bytes` of them but at least one.
pub(crate) fn read_after(connection: &Connection, row: &Row, after: u64, max_bytes: usize) -> Result<Vec<Record>, Fault> {
    let mut records: Vec<Record> = Vec::new();
    let mut bytes = 0usize;
    let mut done = after;
    while done < row.head.version {
        let (mut place, end) = lead(connection, row, waypoint_from(done + 1))?;
        let (mut version, mut steps) = (end, Vec::new());
        while version > done {
            let step = step(connection, row.session, place, version)?;
            (place, version) = (step.previous, step.before());
            steps.push(step.records);
        }
        for record in steps.into_iter().rev().flatten().filter(|record| record.head.version > done) {
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
        return find(connection, row, version).map(Some);
    }
    // The entry at the floor is gone, but the snapshot that let it go may stand at that very version.
    Ok(snapshot(connection, row.session)?.map(|snapshot| snapshot.head).filter(|head| head.version == version))
}

/// Looks at so many rows behind a place and deletes those that are at or below their session's floor, where the row before is gone
/// already; answers the place behind which to go on.
///
/// Rows of many sessions share a page. Deleted in the order of their places they take pages with them; deleted by session, each would
/// write a page anew.
pub(crate) fn sweep(connection: &Connection, behind: i64, rows: usize) -> Result<i64, Fault> {
    let sql = "SELECT place, previous, log.session, log.version <= floor FROM log CROSS JOIN sessions
               WHERE place > ?1 AND sessions.session = log.session ORDER BY place LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params![behind, column(rows as u64)], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, bool>(3)?))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut is_there = connection.prepare_cached("SELECT 1 FROM log WHERE place = ?1 AND session = ?2")?;
    let mut delete = connection.prepare_cached("DELETE FROM log WHERE place = ?1")?;
    for (place, previous, session, is_done) in &found {
        if *is_done && !is_there.exists(params![previous, session])? {
            delete.execute([place])?;
        }
    }
    // Behind the last row a round begins anew.
    Ok(found.last().filter(|_| found.len() == rows).map_or(0, |(place, ..)| *place))
}

/// Deletes all entries; where the way back is damaged, by a search through all rows.
pub(crate) fn erase(connection: &Connection, row: &Row) -> Result<(), Fault> {
    let (mut place, mut version) = (row.last, row.head.version);
    let mut link = connection.prepare_cached("SELECT previous, more FROM log WHERE place = ?1 AND session = ?2 AND version = ?3")?;
    while version > 0 {
        let found =
            link.query_row(params![place, row.session, column(version)], |row| Ok((row.get(0)?, number(row.get(1)?)))).optional()?;
        let Some((previous, more)) = found else {
            if version > row.floor {
                connection.execute("DELETE FROM log WHERE session = ?1", [row.session])?;
            }
            break;
        };
        connection.prepare_cached("DELETE FROM log WHERE place = ?1")?.execute([place])?;
        (place, version) = (previous, version.saturating_sub(more + 1));
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

/// The head of the entry at a version above the floor and at or below the head.
fn find(connection: &Connection, row: &Row, version: u64) -> Result<Head, Fault> {
    let (mut place, mut last) = lead(connection, row, waypoint_from(version))?;
    loop {
        let step = step(connection, row.session, place, last)?;
        if let Some(found) = step.records.iter().find(|record| record.head.version == version) {
            return Ok(found.head);
        }
        (place, last) = (step.previous, step.before());
    }
}

/// The place of the row that holds a version of the sparse index, or of the newest row, and the version of its last entry.
fn lead(connection: &Connection, row: &Row, version: u64) -> Result<(i64, u64), Fault> {
    if version >= row.head.version {
        return Ok((row.last, row.head.version));
    }
    let sql = "SELECT place, version FROM log WHERE session = ?1 AND version >= ?2 AND more >= version % 64 ORDER BY version LIMIT 1";
    connection
        .prepare_cached(sql)?
        .query_row(params![row.session, column(version)], |found| Ok((found.get(0)?, number(found.get(1)?))))
        .optional()?
        .ok_or_else(|| missing(row.session, version))
}

fn step(connection: &Connection, session: i64, place: i64, version: u64) -> Result<Step, Fault> {
    let sql = "SELECT previous, chain, bytes, more FROM log WHERE place = ?1 AND session = ?2 AND version = ?3";
    let (previous, head, packed, more) = connection
        .prepare_cached(sql)?
        .query_row(params![place, session, column(version)], |row| {
            let head = Head { version, chain: row.get(1)? };
            Ok((row.get(0)?, head, Bytes::from(row.get::<_, Vec<u8>>(2)?), number(row.get(3)?)))
        })
        .optional()?
        .ok_or_else(|| missing(session, version))?;
    let records = unpack(head, more, &packed);
    let what = || Fault::Damaged(format!("the row of entry {version} of the session in row {session} does not hold what it says"));
    Ok(Step { previous, records: records.ok_or_else(what)? })
}

/// The first version from this one on that the sparse index knows.
fn waypoint_from(version: u64) -> u64 {
    version.div_ceil(WAYPOINT) * WAYPOINT
}

fn missing(session: i64, version: u64) -> Fault {
    Fault::Damaged(format!("the entry {version} of the session in row {session} is missing"))
}

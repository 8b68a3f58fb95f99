//! The table of private values: a few by session, beside the log.
//!
//! It must never keep a value of a session that is not there: whoever writes here looked for the session first.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Fault;

/// The value under a name.
pub(crate) fn find(connection: &Connection, session: i64, name: &str) -> Result<Option<Bytes>, Fault> {
    let mut statement = connection.prepare_cached("SELECT value FROM privates WHERE session = ?1 AND name = ?2")?;
    let found = statement.query_row(params![session, name], |row| row.get::<_, Vec<u8>>(0)).optional()?;
    Ok(found.map(Bytes::from))
}

/// All names, in the order of their bytes.
pub(crate) fn names(connection: &Connection, session: i64) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare_cached("SELECT name FROM privates WHERE session = ?1 ORDER BY name")?;
    let names = statement.query_map([session], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// All values with their names, in the order of the bytes of these.
pub(crate) fn all(connection: &Connection, session: i64) -> Result<Vec<(String, Bytes)>, Fault> {
    let mut statement = connection.prepare_cached("SELECT name, value FROM privates WHERE session = ?1 ORDER BY name")?;
    let all = statement.query_map([session], |row| Ok((row.get(0)?, Bytes::from(row.get::<_, Vec<u8>>(1)?))))?;
    Ok(all.collect::<rusqlite::Result<_>>()?)
}

/// How many values there are under other names.
pub(crate) fn count_others(connection: &Connection, session: i64, name: &str) -> Result<usize, Fault> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM privates WHERE session = ?1 AND name <> ?2")?;
    Ok(statement.query_row(params![session, name], |row| row.get::<_, u32>(0))? as usize)
}

/// Keeps a value in the place of the one before.
pub(crate) fn put(connection: &Connection, session: i64, name: &str, value: &[u8]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO privates (session, name, value) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![session, name, value])?;
    Ok(())
}

/// Removes a value; whether there was one is nobody's question.
pub(crate) fn remove(connection: &Connection, session: i64, name: &str) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM privates WHERE session = ?1 AND name = ?2")?.execute(params![session, name])?;
    Ok(())
}

/// Removes all values of a session.
pub(crate) fn erase(connection: &Connection, session: i64) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM privates WHERE session = ?1")?.execute([session])?;
    Ok(())
}

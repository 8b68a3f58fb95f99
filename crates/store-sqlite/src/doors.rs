//! What the doors share, their secret and revocations, and what is kept by name.
//!
//! They stand in tables that are made when they are first used, so that a file which has none is the file of an older version as well.

use std::sync::Arc;

use colloq_store::{Kept, REVOCATION_KEPT_MS, Revocation};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::Fault;
use crate::schema::{column, number};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revocations (
    at_ms INTEGER NOT NULL,
    app TEXT NOT NULL,
    user TEXT NOT NULL,
    token BLOB NOT NULL,
    PRIMARY KEY (at_ms, app, user, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, version INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
";

/// The secret: this one, unless there is one.
pub(crate) fn secret(connection: &Connection, fresh: &[u8; 32]) -> Result<[u8; 32], Fault> {
    connection.execute_batch(TABLES)?;
    connection.execute("INSERT OR IGNORE INTO secrets (name, value) VALUES ('tokens', ?1)", [&fresh[..]])?;
    Ok(connection.query_row("SELECT value FROM secrets WHERE name = 'tokens'", [], |row| row.get(0))?)
}

/// Keeps a revocation; those that no token is old enough for go.
pub(crate) fn revoke(connection: &Connection, revocation: &Revocation) -> Result<(), Fault> {
    let Revocation { at_ms, app, user, token } = revocation;
    connection.execute_batch(TABLES)?;
    connection.execute("DELETE FROM revocations WHERE at_ms < ?1", [column(at_ms.saturating_sub(REVOCATION_KEPT_MS))])?;
    let token = token.as_ref().map_or(&[][..], |token| &token[..]);
    let sql = "INSERT OR IGNORE INTO revocations (at_ms, app, user, token) VALUES (?1, ?2, ?3, ?4)";
    connection.execute(sql, params![column(*at_ms), &**app, &**user, token])?;
    Ok(())
}

/// The revocations from a moment on.
pub(crate) fn revocations(connection: &Connection, since_ms: u64) -> Result<Vec<Revocation>, Fault> {
    if !has_table(connection, "revocations")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached("SELECT at_ms, app, user, token FROM revocations WHERE at_ms >= ?1 ORDER BY at_ms")?;
    let rows = statement.query_map([column(since_ms)], |row| {
        let (app, user) = (Arc::from(row.get_ref(1)?.as_str()?), Arc::from(row.get_ref(2)?.as_str()?));
        Ok(Revocation { at_ms: number(row.get(0)?), app, user, token: row.get_ref(3)?.as_blob()?.try_into().ok() })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What is kept under a name.
pub(crate) fn kept(connection: &Connection, name: &str) -> Result<Option<Kept>, Fault> {
    if !has_table(connection, "kept")? {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached("SELECT version, value FROM kept WHERE name = ?1")?;
    let found = statement.query_row([name], |row| Ok(Kept { version: number(row.get(0)?), bytes: row.get::<_, Vec<u8>>(1)?.into() }));
    Ok(found.optional()?)
}

/// Keeps a value under a name in the place of a version; `false` where another is there.
pub(crate) fn keep(connection: &Connection, name: &str, replaces: u64, bytes: &[u8]) -> Result<bool, Fault> {
    connection.execute_batch(TABLES)?;
    let changed = if replaces == 0 {
        connection.execute("INSERT OR IGNORE INTO kept (name, version, value) VALUES (?1, 1, ?2)", params![name, bytes])?
    } else {
        let sql = "UPDATE kept SET version = version + 1, value = ?3 WHERE name = ?1 AND version = ?2";
        connection.execute(sql, params![name, column(replaces), bytes])?
    };
    Ok(changed == 1)
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, Fault> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(connection.query_row(sql, [name], |row| row.get::<_, i64>(0))? > 0)
}

//! Measures three layouts of the log, without the store around them: `cargo run --release -p colloq-store-sqlite --example layouts -- FILE [NAME]`.
//!
//! `keyed` is a table without row ids by session and version, `indexed` an append-only table with an index by session and version,
//! `linked` one whose rows know the place of the one before, as the store has it. It refuses a file that exists.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

const SESSIONS: i64 = 20_000;
const SUMMARY: [u8; 160] = [b's'; 160];
const ENTRY: [u8; 300] = [7; 300];
const CHAIN: [u8; 32] = [9; 32];
const FRAME: &str = "
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
CREATE TABLE sessions (session INTEGER PRIMARY KEY, app TEXT, id BLOB, user TEXT, version INTEGER, chain BLOB, last INTEGER,
    active_ms INTEGER, deadline_ms INTEGER, summary BLOB);
CREATE UNIQUE INDEX by_id ON sessions (app, id);
CREATE INDEX by_user ON sessions (app, user, active_ms, id);
CREATE INDEX by_deadline ON sessions (deadline_ms);";
const KEYED: &str =
    "CREATE TABLE log (session INTEGER, version INTEGER, chain BLOB, bytes BLOB, PRIMARY KEY (session, version)) WITHOUT ROWID";
const INDEXED: &str = "CREATE TABLE log (place INTEGER PRIMARY KEY, session INTEGER, version INTEGER, chain BLOB, bytes BLOB);
CREATE UNIQUE INDEX by_version ON log (session, version)";
const LINKED: &str =
    "CREATE TABLE log (place INTEGER PRIMARY KEY, session INTEGER, version INTEGER, chain BLOB, bytes BLOB, previous INTEGER);
CREATE INDEX waypoints ON log (session, version) WHERE version % 64 = 0";

fn open(path: &Path, layout: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(FRAME)?;
    connection.execute_batch(layout)?;
    connection.execute_batch("BEGIN")?;
    for session in 1..=SESSIONS {
        let id = i128::from(session) << 64 | 0x1234_5678;
        connection.prepare_cached("INSERT INTO sessions VALUES (?1, 'app', ?2, ?3, 0, ?4, 0, ?1, ?1 + 1800000, ?5)")?.execute(params![
            session,
            id.to_be_bytes(),
            format!("user-{}", session % 5_000),
            CHAIN,
            SUMMARY
        ])?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(connection)
}

fn append(connection: &Connection, linked: bool, session: i64, now: i64, at: &mut (i64, i64)) -> rusqlite::Result<()> {
    at.0 += 1;
    if linked {
        connection
            .prepare_cached("INSERT INTO log (session, version, chain, bytes, previous) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![session, at.0, CHAIN, ENTRY, at.1])?;
        at.1 = connection.last_insert_rowid();
    } else {
        connection
            .prepare_cached("INSERT INTO log (session, version, chain, bytes) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![session, at.0, CHAIN, ENTRY])?;
    }
    connection
        .prepare_cached(
            "UPDATE sessions SET version = ?2, chain = ?3, last = ?4, active_ms = ?5, deadline_ms = ?5 + 1800000, summary = ?6
             WHERE session = ?1",
        )?
        .execute(params![session, at.0, CHAIN, at.1, now, SUMMARY])?;
    Ok(())
}

fn main() -> rusqlite::Result<()> {
    let path = std::env::args().nth(1).expect("the file to measure on");
    let only = std::env::args().nth(2);
    for (name, layout) in [("keyed", KEYED), ("indexed", INDEXED), ("linked", LINKED)] {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        assert!(!Path::new(&path).exists(), "the file exists");
        let connection = open(Path::new(&path), layout)?;
        let mut heads = vec![(0, 0); usize::try_from(SESSIONS).expect("a small number")];
        let (mut at, mut now) = (0usize, 1_800_000_000_000);
        for group in [1, 16, 256] {
            let (start, mut commits) = (Instant::now(), 0);
            while start.elapsed() < Duration::from_secs(4) {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                for _ in 0..group {
                    at = (at + 7_919) % heads.len();
                    now += 1;
                    append(&connection, name == "linked", at.cast_signed() as i64 + 1, now, &mut heads[at])?;
                }
                connection.execute_batch("COMMIT")?;
                commits += 1;
            }
            println!("{name:8} group {group:4}: {:7} appends/s", commits * group / 4);
        }
        connection.close().map_err(|(_, error)| error)?;
        std::fs::remove_file(&path).expect("the file is removed");
    }
    Ok(())
}

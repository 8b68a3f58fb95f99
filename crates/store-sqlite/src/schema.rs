//! The tables, and how numbers fit into them.
//!
//! A change here is a new [`LAYOUT`] with a migration; it must never change what an older file means.

/// Marks a file as a store of colloq: the letters `cloq`.
pub(crate) const APPLICATION: i64 = 0x636c_6f71;
/// The layout that this version writes.
pub(crate) const LAYOUT: i64 = 1;
/// Every how manieth version of a log has an index entry.
pub(crate) const WAYPOINT: u64 = 64;

/// `log` only ever grows at its end: a row knows the place of the one before it in its session, and a sparse index leads into long
/// logs. `last` is the place of a session's newest row, `floor` the version up to which rows were trimmed.
pub(crate) const TABLES: &str = "
CREATE TABLE sessions (
    session INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    id BLOB NOT NULL,
    user TEXT NOT NULL,
    version INTEGER NOT NULL,
    chain BLOB NOT NULL,
    last INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    active_ms INTEGER NOT NULL,
    deadline_ms INTEGER,
    erased_ms INTEGER,
    summary BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_by_id ON sessions (app, id);
CREATE INDEX sessions_by_user ON sessions (app, user, active_ms, id) WHERE erased_ms IS NULL;
CREATE INDEX sessions_by_deadline ON sessions (deadline_ms) WHERE deadline_ms IS NOT NULL;
CREATE INDEX sessions_by_erasure ON sessions (erased_ms) WHERE erased_ms IS NOT NULL;
CREATE TABLE log (
    place INTEGER PRIMARY KEY,
    previous INTEGER NOT NULL,
    session INTEGER NOT NULL,
    version INTEGER NOT NULL,
    chain BLOB NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX log_waypoints ON log (session, version) WHERE version % 64 = 0;
CREATE TABLE snapshots (
    session INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    chain BLOB NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
";

/// Statements that fail to prepare where a table or a column is missing.
pub(crate) const PROBES: [&str; 3] = [
    "SELECT session, app, id, user, version, chain, last, floor, active_ms, deadline_ms, erased_ms, summary FROM sessions",
    "SELECT place, previous, session, version, chain, bytes FROM log",
    "SELECT session, version, chain, bytes FROM snapshots",
];

/// A number for a column. What is above the column's range is the end of time, or a version that no log reaches.
pub(crate) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number out of a column; none that was written is negative.
pub(crate) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

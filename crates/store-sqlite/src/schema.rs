//! The tables, and how numbers fit into them.
//!
//! A change here is a new [`LAYOUT`] with a migration; it must never change what an older file means.

/// Marks a file as a store of colloq: the letters `cloq`.
pub(crate) const APPLICATION: i64 = 0x636c_6f71;
/// The layout that this version writes.
pub(crate) const LAYOUT: i64 = 4;
/// Every how manieth version of a log has an index entry.
pub(crate) const WAYPOINT: u64 = 64;

/// `log` only ever grows at its end: a row knows the place of the one before it in its session, and a sparse index leads into long
/// logs. `last` is the place of a session's newest row, `floor` the version up to which no entry is needed any more.
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

/// What layout 2 adds: private values, beside the log.
pub(crate) const PRIVATES: &str = "
CREATE TABLE privates (
    session INTEGER NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (session, name)
) STRICT, WITHOUT ROWID;
";

/// What layout 3 adds: which message of a session waits for an answer, and since when.
pub(crate) const WAITING: &str = "
ALTER TABLE sessions ADD COLUMN waiting BLOB;
ALTER TABLE sessions ADD COLUMN waiting_ms INTEGER;
CREATE INDEX sessions_by_waiting ON sessions (app, waiting_ms, id) WHERE waiting_ms IS NOT NULL;
";

/// What layout 4 adds: a row of the log holds all entries of an append, `more` of them before the one that the row is named by. The sparse
/// index then knows the rows that hold every how manieth version.
pub(crate) const MORE: &str = "
ALTER TABLE log ADD COLUMN more INTEGER NOT NULL DEFAULT 0;
DROP INDEX log_waypoints;
CREATE INDEX log_waypoints ON log (session, version) WHERE more >= version % 64;
";

/// Only a module can tell who waits in the sessions of an older layout: each is due at once, and is looked at then.
pub(crate) const LOOK_AT_ALL: &str = "UPDATE sessions SET deadline_ms = 0 WHERE erased_ms IS NULL;";

/// Statements that fail to prepare where a table or a column is missing, with the first layout that has it.
pub(crate) const PROBES: [(i64, &str); 6] = [
    (1, "SELECT session, app, id, user, version, chain, last, floor, active_ms, deadline_ms, erased_ms, summary FROM sessions"),
    (1, "SELECT place, previous, session, version, chain, bytes FROM log"),
    (1, "SELECT session, version, chain, bytes FROM snapshots"),
    (2, "SELECT session, name, value FROM privates"),
    (3, "SELECT waiting, waiting_ms FROM sessions"),
    (4, "SELECT more FROM log"),
];

/// A number for a column. What is above the column's range is the end of time, or a version that no log reaches.
pub(crate) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number out of a column; none that was written is negative.
pub(crate) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

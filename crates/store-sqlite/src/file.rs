//! Opening the file: the lock, the making of a new one, and the checks on one that is there.
//!
//! It must never take a file that is damaged, foreign or newer for an empty one, and never leave a half-made file under the path.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::{OpenError, is_damage};
use crate::schema::{APPLICATION, LAYOUT, LOOK_AT_ALL, MORE, PRIVATES, PROBES, TABLES, WAITING};

const MAGIC: &[u8] = b"SQLite format 3\0";

/// A file that is locked and known to be a store.
pub(crate) struct StoreFile {
    pub(crate) path: PathBuf,
    pub(crate) writer: Connection,
    pub(crate) lock: File,
}

/// Locks the file, makes it if there is none, and checks it.
pub(crate) fn open(path: &Path) -> Result<StoreFile, OpenError> {
    let path = resolve(path).map_err(|source| OpenError::Io { path: path.into(), source })?;
    let lock = lock(&path)?;
    if !path.exists() {
        let wal = beside(&path, "-wal");
        if fs::metadata(&wal).is_ok_and(|found| found.len() > 0) {
            return Err(damaged(&path, format!("{} holds commits, but the file itself is missing", wal.display())));
        }
        create(&path)?;
    }
    check_start(&path)?;
    let writer = open_checked(&path)?;
    Ok(StoreFile { path, writer, lock })
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "cache_size", -8192)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(connection)
    };
    open().map_err(|source| refused(path, source))
}

/// The path without links, so that two names of one file meet in one lock.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    if let Ok(found) = fs::canonicalize(path) {
        return Ok(found);
    }
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(fs::canonicalize(folder)?.join(name))
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let lock = beside(path, ".lock");
    let io = |source| OpenError::Io { path: lock.clone(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.into(), lock }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// Makes the file under another name and moves it into place whole, so that a crash leaves either no file or a good one.
fn create(path: &Path) -> Result<(), OpenError> {
    let fresh = beside(path, ".new");
    for stale in [fresh.clone(), beside(&fresh, "-wal"), beside(&fresh, "-shm")] {
        if stale.exists() {
            fs::remove_file(&stale).map_err(|source| OpenError::Io { path: stale, source })?;
        }
    }
    let make = || -> rusqlite::Result<()> {
        let connection = Connection::open(&fresh)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.execute_batch(&format!(
            "BEGIN;{TABLES}{PRIVATES}{WAITING}{MORE}PRAGMA application_id = {APPLICATION};PRAGMA user_version = {LAYOUT};COMMIT"
        ))?;
        connection.close().map_err(|(_, error)| error)
    };
    make().map_err(|source| refused(&fresh, source))?;
    let place = || -> io::Result<()> {
        File::open(&fresh)?.sync_all()?;
        fs::rename(&fresh, path)?;
        File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
    };
    place().map_err(|source| OpenError::Io { path: path.into(), source })
}

/// Looks at the first page without `SQLite`, which takes a file without a whole one for an empty database.
fn check_start(path: &Path) -> Result<(), OpenError> {
    let io = |source| OpenError::Io { path: path.into(), source };
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut start = Vec::new();
    file.take(18).read_to_end(&mut start).map_err(io)?;
    let what = match (start.strip_prefix(MAGIC), length) {
        (_, 0) => "it is empty".into(),
        // The size of a page stands after the magic; 1 is 65,536 there.
        (Some(&[high, low]), _) if length < page_bytes(u16::from_be_bytes([high, low])) => {
            format!("it has {length} bytes, less than a page")
        }
        (Some(&[_, _]), _) => return Ok(()),
        _ => "it does not begin as a database does".into(),
    };
    Err(damaged(path, what))
}

fn page_bytes(field: u16) -> u64 {
    if field == 1 { 65_536 } else { field.into() }
}

fn open_checked(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sqlite = |source| refused(path, source);
    let connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(sqlite)?;
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).map_err(sqlite);
    if pragma("application_id")? != APPLICATION {
        return Err(OpenError::Foreign { path: path.into() });
    }
    let found = pragma("user_version")?;
    if found > LAYOUT {
        return Err(OpenError::Newer { path: path.into(), found, known: LAYOUT });
    }
    for (_, probe) in PROBES.iter().filter(|(layout, _)| *layout <= found) {
        connection.prepare(probe).map_err(|error| damaged(path, error.to_string()))?;
    }
    // After this the whole store is in the file itself, so its length can be held against what it says of itself.
    pragma("wal_checkpoint(TRUNCATE)")?;
    let expected = pragma("page_count")?.saturating_mul(pragma("page_size")?).cast_unsigned();
    let length = fs::metadata(path).map_err(|source| OpenError::Io { path: path.into(), source })?.len();
    if length < expected {
        return Err(damaged(path, format!("it has {length} bytes of {expected}")));
    }
    settle(&connection).map_err(sqlite)?;
    migrate(&connection, found).map_err(sqlite)?;
    Ok(connection)
}

/// Brings an older layout to this one: all of it or nothing.
fn migrate(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    if found >= LAYOUT {
        return Ok(());
    }
    let steps = [(2, PRIVATES), (3, WAITING), (3, LOOK_AT_ALL), (4, MORE)];
    let steps: String = steps.iter().filter(|(layout, _)| found < *layout).map(|(_, step)| *step).collect();
    connection.execute_batch(&format!("BEGIN IMMEDIATE;{steps}PRAGMA user_version = {LAYOUT};COMMIT"))
}

/// The writer's settings. A commit syncs the write-ahead log (`FULL`); checkpoints stay where `SQLite` has them, after the commit that
/// fills a thousand pages, and that commit waits for it.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Erased bytes are overwritten where that costs no further write.
    connection.execute_batch("PRAGMA secure_delete = FAST")?;
    connection.execute_batch("PRAGMA journal_size_limit = 67108864")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn refused(path: &Path, source: rusqlite::Error) -> OpenError {
    if is_damage(&source) { damaged(path, source.to_string()) } else { OpenError::Sqlite { path: path.into(), source } }
}

fn damaged(path: &Path, what: String) -> OpenError {
    OpenError::Damaged { path: path.into(), what }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

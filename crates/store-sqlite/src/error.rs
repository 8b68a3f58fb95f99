//! Why a store could not be opened, and what went wrong inside it.
//!
//! It must never hide what to do: every message of [`OpenError`] names the file and the way out.

use std::io;
use std::path::PathBuf;

use colloq_store::StoreError;
use rusqlite::ErrorCode;

/// Why [`SqliteStore::open`](crate::SqliteStore::open) refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is open already, here or in another process.
    #[error("{} is in use: another store, here or in another process, holds the lock on {}; stop it first", path.display(), lock.display())]
    InUse {
        /// The store's file.
        path: PathBuf,
        /// The file that the lock is on.
        lock: PathBuf,
    },
    /// The file is not what was written, and nothing was changed in it.
    #[error(
        "{0} is damaged: {what}; restore it from a backup, or move {0}, {0}-wal and {0}-shm away to begin with an empty store",
        path.display()
    )]
    Damaged {
        /// The store's file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file is an `SQLite` database of another program.
    #[error("{} is a database, but not a store of colloq; choose another path", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version.
    #[error("{} has the layout {found}, this version knows layouts up to {known}; use a newer version of colloq", path.display())]
    Newer {
        /// The store's file.
        path: PathBuf,
        /// The layout that it has.
        found: i64,
        /// The newest layout that this version knows.
        known: i64,
    },
    /// The system refused.
    #[error("{} cannot be opened", path.display())]
    Io {
        /// The file that was being opened.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// `SQLite` refused.
    #[error("{} cannot be opened", path.display())]
    Sqlite {
        /// The store's file.
        path: PathBuf,
        /// What `SQLite` said.
        #[source]
        source: rusqlite::Error,
    },
}

/// What went wrong in an operation, before it becomes an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("{0}")]
    Damaged(String),
}

impl Fault {
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }

    /// Whether the disk itself failed, after which nothing that it says can be relied on.
    pub(crate) fn is_io(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure))
    }

    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Sqlite(error) => is_damage(error),
        }
    }

    pub(crate) fn answer(&self) -> StoreError {
        if self.is_full() {
            StoreError::Full(self.to_string())
        } else if self.is_damage() {
            StoreError::Damaged(self.to_string())
        } else {
            StoreError::Unavailable(self.to_string())
        }
    }
}

/// Whether `SQLite` found the file damaged, or a value in it is none that is ever written.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | QueryReturnedNoRows)
        || matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

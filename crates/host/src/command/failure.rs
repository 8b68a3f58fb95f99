//! Why a command did not do what it was to do: a permanent code, and a sentence for people.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

use colloq_host::engine::{EngineError, ModuleError};
use colloq_host::transfer::{BadBackup, ReadError, Unreadable};
use colloq_store::StoreError;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    message: String,
}

impl Failure {
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// What the system says of a file.
    pub(crate) fn of_file(path: &Path, error: &io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::NotFound => "fileMissing",
            io::ErrorKind::StorageFull => "diskFull",
            _ => "fileUnusable",
        };
        Self::new(code, format!("{}: {error}", path.display()))
    }

    /// Why a file is no backup.
    pub(crate) fn of_backup(path: &Path, error: &ReadError) -> Self {
        match error {
            ReadError::Bad(BadBackup { is_foreign: true, .. }) => Self::new("notABackup", format!("{}: {error}", path.display())),
            ReadError::Io(error) => Self::of_file(path, error),
            _ => Self::new("backupDamaged", format!("{} is damaged: {error}", path.display())),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Full(_) => "storeFull",
            StoreError::Damaged(_) => "storeDamaged",
            _ => "storeUnavailable",
        };
        Self::new(code, error.to_string())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<ModuleError> for Failure {
    fn from(error: ModuleError) -> Self {
        let source = error.source().map_or_else(String::new, |source| format!(": {source}"));
        Self::new("module", format!("{error}{source}"))
    }
}

impl From<Unreadable> for Failure {
    fn from(why: Unreadable) -> Self {
        let code = if matches!(why, Unreadable::NotKept { .. }) { "versionNotKept" } else { "sessionDamaged" };
        Self::new(code, why.to_string())
    }
}

//! One session out of a backup.

use std::path::Path;
use std::sync::Arc;

use colloq_host::transfer::{Item, Piece, read_backup};
use colloq_store::{Archived, Key, Whole};
use uuid::Uuid;

use super::Failure;

/// The key of a session of an app.
pub(crate) fn key(app: &str, session: Uuid) -> Key {
    Key { app: Arc::from(app), session: *session.as_bytes() }
}

/// Why there is no such session.
pub(crate) fn missing(app: &str, session: Uuid) -> Failure {
    Failure::new("sessionNotFound", format!("there is no session {session} of the app {app}"))
}

/// Reads a whole backup, and gives what it holds under a key.
pub(crate) async fn in_backup(path: &Path, key: &Key) -> Result<Option<Item>, Failure> {
    let mut file = read_backup(path).await.map_err(|error| Failure::of_file(path, &error))?;
    let mut found = None;
    while let Some(piece) = file.next().await.map_err(|error| Failure::of_backup(path, &error))? {
        match piece {
            Piece::Item(item) if item.key == *key => found = Some(item),
            _ => {}
        }
    }
    Ok(found)
}

/// The session of an item that is one.
pub(crate) fn whole(item: Option<Item>) -> Option<Box<Whole>> {
    match item?.archived {
        Archived::Session(whole) => Some(whole),
        Archived::Erased { .. } => None,
    }
}

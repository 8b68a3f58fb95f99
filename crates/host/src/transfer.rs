//! Sessions leave a store and come into one: backups, restores, moves from store to store, and looking into what is kept.
//!
//! Sessions travel as they are kept, byte by byte; what an entry means is asked of the module. Nothing here brings back what was erased,
//! or puts an older history in the place of a newer one of the same log.

mod backup;
mod codec;
mod file;
mod format;
mod reading;
mod restore;
mod schedule;

pub use backup::Backup;
pub use codec::Item;
pub use file::{BackupFile, NewFile, ReadError, read_backup};
pub use format::{BadBackup, Decoder, Encoder, Header, Piece};
pub use reading::{Reading, Unreadable};
pub use restore::{Left, Mode, Report, Why, restore_item};
pub use schedule::{Schedule, keep_backing_up};

//! Files that are there whole or not at all, and backups read out of files.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufWriter};

use super::format::{BadBackup, Decoder, Piece};

/// How much is read at a time.
const READ_BYTES: usize = 256 << 10;

/// A file that is being written under another name and moved into its place when it is on disk.
pub struct NewFile {
    file: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
    bytes: u64,
    is_kept: bool,
}

impl NewFile {
    /// Begins to write. What an earlier try left behind under the other name goes.
    ///
    /// # Errors
    /// What the system says.
    pub async fn create(path: &Path) -> io::Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        // It holds what people said.
        options.mode(0o600);
        let file = BufWriter::with_capacity(READ_BYTES, options.open(&part).await?);
        Ok(Self { file, part, path: path.into(), bytes: 0, is_kept: false })
    }

    /// Writes behind what was written.
    ///
    /// # Errors
    /// What the system says.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).await
    }

    /// How much was written.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes sure that all of it is on disk, and moves it into its place.
    ///
    /// # Errors
    /// What the system says; then nothing is in its place that was not before.
    pub async fn finish(mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        fs::rename(&self.part, &self.path).await?;
        self.is_kept = true;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).await?.sync_all().await
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // Half a file is of no use to anybody; one that stays is overwritten by the next try.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

/// Why a backup cannot be read out of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is none, or damaged.
    #[error(transparent)]
    Bad(#[from] BadBackup),
}

/// A backup in a file.
pub struct BackupFile {
    file: File,
    decoder: Decoder,
    buffer: Vec<u8>,
}

/// Opens a backup to be read from its beginning.
///
/// # Errors
/// What the system says.
pub async fn read_backup(path: &Path) -> io::Result<BackupFile> {
    Ok(BackupFile { file: File::open(path).await?, decoder: Decoder::default(), buffer: vec![0; READ_BYTES] })
}

impl BackupFile {
    /// The next piece; `None` behind the end of a whole backup.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub async fn next(&mut self) -> Result<Option<Piece>, ReadError> {
        loop {
            if let Some(piece) = self.decoder.next_piece()? {
                return Ok(Some(piece));
            }
            let read = self.file.read(&mut self.buffer).await?;
            if read == 0 {
                self.decoder.finish()?;
                return Ok(None);
            }
            self.decoder.feed(&self.buffer[..read]);
        }
    }

    /// How far it was read.
    pub fn offset(&self) -> u64 {
        self.decoder.offset()
    }
}

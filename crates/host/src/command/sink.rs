//! A file that a command writes: it replaces none that is there without being told to.

use std::path::{Path, PathBuf};

use colloq_host::transfer::NewFile;

use super::Failure;

/// See the module's documentation.
pub(crate) struct Sink {
    file: NewFile,
    path: PathBuf,
    force: bool,
}

impl Sink {
    pub(crate) async fn new(path: &Path, force: bool) -> Result<Self, Failure> {
        refuse_existing(path, force)?;
        let file = NewFile::create(path).await.map_err(|error| Failure::of_file(path, &error))?;
        Ok(Self { file, path: path.into(), force })
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write(bytes).await.map_err(|error| Failure::of_file(&self.path, &error))
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.file.bytes()
    }

    /// Puts it into its place.
    pub(crate) async fn finish(self) -> Result<(), Failure> {
        // Somebody else may have been faster.
        refuse_existing(&self.path, self.force)?;
        self.file.finish().await.map_err(|error| Failure::of_file(&self.path, &error))
    }
}

fn refuse_existing(path: &Path, force: bool) -> Result<(), Failure> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(Failure::new("fileExists", format!("{} is there already; --force overwrites it", path.display())));
    }
    Ok(())
}

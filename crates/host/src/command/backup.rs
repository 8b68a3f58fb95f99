//! `colloq backup`: a store, or what a host has of an app, as one file. What is written is read back as it goes by.

use colloq_host::clock::now_ms;
use colloq_host::config::BackupOptions;
use colloq_host::transfer::{Backup, BadBackup, Decoder, Piece};
use colloq_store::Archived;

use super::Failure;
use super::bar::Bar;
use super::sink::Sink;
use super::stores::{At, Must, place};

/// A backup on its way into its file.
struct Writing {
    sink: Sink,
    decoder: Decoder,
    bar: Bar,
    sessions: u64,
    erased: u64,
}

pub(crate) async fn run(options: BackupOptions) -> Result<String, Failure> {
    let BackupOptions { file, place: at, force } = options;
    let at = place(&at, Must::Exist).await?;
    let bar = Bar::open("sessions");
    let mut writing = Writing { sink: Sink::new(&file, force).await?, decoder: Decoder::default(), bar, sessions: 0, erased: 0 };
    match at {
        At::Store(store) => {
            let mut backup = Backup::new(store, None, now_ms());
            while let Some(bytes) = backup.next_bytes().await? {
                writing.take(&bytes).await?;
            }
        }
        At::Host(host) => {
            let mut body = host.get("/v1/backup").await?;
            while let Some(bytes) = host.next(&mut body).await? {
                writing.take(&bytes).await?;
            }
        }
    }
    let (sessions, erased, bytes) = writing.finish().await?;
    Ok(format!("backed up {sessions} sessions and {erased} tombstones, {bytes} bytes, to {}", file.display()))
}

impl Writing {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.sink.write(bytes).await?;
        self.decoder.feed(bytes);
        while let Some(piece) = self.decoder.next_piece().map_err(|error| broken_off(&error))? {
            if let Piece::Item(item) = piece {
                match item.archived {
                    Archived::Session(_) => self.sessions += 1,
                    Archived::Erased { .. } => self.erased += 1,
                }
                self.bar.step(1);
                self.bar.bytes(self.sink.bytes());
            }
        }
        Ok(())
    }

    async fn finish(self) -> Result<(u64, u64, u64), Failure> {
        self.decoder.finish().map_err(|error| broken_off(&error))?;
        let bytes = self.sink.bytes();
        self.sink.finish().await?;
        Ok((self.sessions, self.erased, bytes))
    }
}

fn broken_off(error: &BadBackup) -> Failure {
    Failure::new("brokenOff", format!("what came is no whole backup: {error}"))
}

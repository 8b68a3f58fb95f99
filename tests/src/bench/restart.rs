//! A host that comes back to a large SQLite file, and sessions that come back to memory.
//!
//! The file is made by a host as people's are, over HTTP, and every host here ends by a kill, so that the next one finds what a crash
//! leaves. What the system has of the file in its memory stays there: what is measured is the host, not a cold disk.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use super::http::{Connection, request};
use super::memory;
use super::program::Program;
use super::rounds;
use super::series::Series;
use super::standard;

/// A file, and the paths of its sessions.
pub struct Filled {
    folder: TempDir,
    /// One a session.
    pub paths: Vec<String>,
}

/// What starting a host over a file took, in milliseconds.
#[derive(Default)]
pub struct Started {
    /// Until it said where it listens.
    pub listening: Series,
    /// Until the first session was read.
    pub read: Series,
}

/// What reading sessions took, one after the other, in microseconds.
#[derive(Default)]
pub struct Woken {
    /// 99 of 100 that lay idle, a round each.
    pub p99: Series,
    /// Half of those.
    pub p50: Series,
    /// 99 of 100 of the same sessions, read again.
    pub again_p99: Series,
}

impl Filled {
    /// Has a host make so many sessions of so many messages.
    ///
    /// # Errors
    /// An answer that is another one than expected.
    pub fn make(sessions: usize, messages: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let host = Program::colloq_over(&store(folder.path()), &[])?;
        let messages: Vec<String> = (0..messages).map(standard::message).collect();
        let paths = memory::fill(&host, sessions, &messages)?;
        Ok(Self { folder, paths })
    }

    /// Starts a host over it.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn start(&self, options: &[&str]) -> Result<Program> {
        Program::colloq_over(&store(self.folder.path()), options)
    }

    /// How large its files are.
    ///
    /// # Errors
    /// The system's.
    pub fn bytes(&self) -> Result<u64> {
        let mut bytes = 0;
        for file in std::fs::read_dir(self.folder.path())? {
            bytes += file?.metadata()?.len();
        }
        Ok(bytes)
    }

    /// Kills and starts a host over it, again and again, each time behind some writes.
    ///
    /// # Errors
    /// An answer that is another one than expected.
    pub fn restarts(&self) -> Result<Started> {
        let mut started = Started::default();
        for round in 0..rounds() {
            let begun = Instant::now();
            let host = self.start(&[])?;
            started.listening.push(begun.elapsed().as_secs_f64() * 1e3);
            let path = &self.paths[(round * 7919 + 1) % self.paths.len()];
            run(async {
                let mut connection = Connection::open(&host.address).await?;
                let answer = connection.exchange(&request("GET", path, &host.address, None)).await?;
                ensure!(answer.status == 200, "a session is there, not answered with {}", answer.status);
                started.read.push(begun.elapsed().as_secs_f64() * 1e3);
                for nth in 0..WRITES {
                    let path = format!("{}/messages", self.paths[(round * WRITES + nth) % self.paths.len()]);
                    let posted = request("POST", &path, &host.address, Some(&standard::message(nth)));
                    let answer = connection.exchange(&posted).await?;
                    ensure!(answer.status == 201, "a message is taken, not answered with {}", answer.status);
                }
                Ok(())
            })?;
        }
        Ok(started)
    }

    /// Reads sessions that lie idle, and then again; each round takes others.
    ///
    /// # Errors
    /// An answer that is another one than expected.
    pub fn wake(&self) -> Result<Woken> {
        let host = self.start(&["--hibernate", memory::HIBERNATE])?;
        let mut woken = Woken::default();
        let share = self.paths.len() / rounds();
        for paths in self.paths.chunks(share).take(rounds()) {
            run(read_all(&host, paths))?;
            memory::rest(&host)?;
            let (idle, again) = run(async { Ok((read_all(&host, paths).await?, read_all(&host, paths).await?)) })?;
            woken.p99.push(at(&idle, 99));
            woken.p50.push(at(&idle, 50));
            woken.again_p99.push(at(&again, 99));
        }
        Ok(woken)
    }
}

/// What each host writes before it is killed.
const WRITES: usize = 500;

/// Reads sessions one after the other; gives what each took, in microseconds, least first.
async fn read_all(host: &Program, paths: &[String]) -> Result<Vec<f64>> {
    let mut connection = Connection::open(&host.address).await?;
    let mut times = Vec::with_capacity(paths.len());
    for path in paths {
        let request = request("GET", path, &host.address, None);
        let begun = Instant::now();
        let answer = connection.exchange(&request).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        ensure!(answer.status == 200, "a session is read, not answered with {}", answer.status);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn at(times: &[f64], share: usize) -> f64 {
    times[times.len() * share / 100]
}

/// The store in a folder.
pub fn store(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("bench.db").display())
}

fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(work)
}

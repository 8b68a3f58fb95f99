//! A small pool of threads that read, each with its own connection, so that no thread of a runtime ever waits for the disk.
//!
//! It must never take more work than its queue holds: what does not fit is answered at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use colloq_store::{Pending, StoreError};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::{Fault, OpenError};
use crate::file;

const READERS: usize = 2;
const WAITING_MAX: usize = 65_536;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The pool; dropping it ends its threads once their work is done.
pub(crate) struct Readers {
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn start(path: &Path) -> Result<Self, OpenError> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let connections = (0..READERS).map(|_| file::open_reader(path)).collect::<Result<Vec<_>, _>>()?;
        let start = |connection| {
            let waiting = waiting.clone();
            thread::Builder::new().name("colloq-read".into()).spawn(move || work(&connection, &waiting))
        };
        let threads = connections.into_iter().map(start).collect::<Result<Vec<_>, _>>();
        Ok(Self { jobs: Some(jobs), threads: threads.map_err(|source| OpenError::Io { path: path.into(), source })? })
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<Result<T, StoreError>> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let read = || {
                let moment = connection.unchecked_transaction()?;
                read(&moment)
            };
            // Nobody may be waiting any more; the work was done all the same.
            let _ = reply.send(read().map_err(|fault| fault.answer()));
        });
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok());
        Box::pin(async move {
            let lost = if sent { "a reader stopped" } else { "too many reads are waiting" };
            answer.await.unwrap_or_else(|_| Err(StoreError::Unavailable(lost.into())))
        })
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reader of the store panicked");
            }
        }
    }
}

fn work(connection: &Connection, waiting: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting: whoever has it takes the next job, the others wait for the lock.
        let job = waiting.lock().recv();
        match job {
            Ok(job) => job(connection),
            Err(_) => return,
        }
    }
}

//! Load: connections that ask again as soon as they are answered, and what that came to.
//!
//! Every answer's status and length are looked at; one that differs fails the measurement. Two threads drive the connections, so
//! that the load itself is not what a server of as many cores waits for.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::http::Connection;

/// How many connections there are.
pub const CONNECTIONS: usize = 32;
const THREADS: usize = 2;
/// What is not counted, at the beginning.
pub(super) const WARM_UP: Duration = Duration::from_millis(300);

/// What is asked, and what answers look like.
#[derive(Clone)]
pub struct Plan {
    /// Where.
    pub address: String,
    /// Requests, taken in turns: the nth connection begins with the nth.
    pub requests: Arc<[Vec<u8>]>,
    /// The status of every answer.
    pub status: u16,
    /// The length of every body.
    pub body_bytes: usize,
    /// How long is counted.
    pub time: Duration,
}

/// What a load came to.
pub struct Outcome {
    /// Answers in a second.
    pub per_second: f64,
    /// All answers, those of the warm-up too.
    pub answers: u32,
    /// Half of the answers took less, in microseconds.
    pub p50_us: f64,
    /// All but one in a hundred took less, in microseconds.
    pub p99_us: f64,
}

impl Outcome {
    /// All answers, and what those took that count, in nanoseconds.
    pub(super) fn of(answers: u32, mut times: Vec<u32>, time: Duration) -> io::Result<Self> {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |nanos| f64::from(*nanos) / 1e3);
        let counted = u32::try_from(times.len()).map_err(io::Error::other)?;
        Ok(Self { per_second: f64::from(counted) / time.as_secs_f64(), answers, p50_us: at(50), p99_us: at(99) })
    }
}

/// What a connection, or a thread's connections, came to.
#[derive(Default)]
struct Driven {
    answers: u32,
    /// How long each answer took that counts, in nanoseconds.
    times: Vec<u32>,
}

impl Plan {
    /// Puts the load on, and takes it away.
    ///
    /// # Errors
    /// A connection that broke, or an answer that is another one.
    pub fn run(&self) -> io::Result<Outcome> {
        let threads: Vec<_> = (0..THREADS).map(|thread| self.clone().start(thread)).collect();
        let (mut answers, mut times) = (0, Vec::new());
        for thread in threads {
            let driven = thread.join().expect("a thread of the load does not panic")?;
            answers += driven.answers;
            times.extend(driven.times);
        }
        Outcome::of(answers, times, self.time)
    }

    fn start(self, thread: usize) -> std::thread::JoinHandle<io::Result<Driven>> {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
            runtime.block_on(async move {
                let begin = Instant::now() + WARM_UP;
                let tasks: Vec<_> =
                    (thread..CONNECTIONS).step_by(THREADS).map(|nth| tokio::spawn(self.clone().drive(nth, begin))).collect();
                let mut all = Driven::default();
                for task in tasks {
                    let driven = task.await??;
                    all.answers += driven.answers;
                    all.times.extend(driven.times);
                }
                Ok(all)
            })
        })
    }

    /// One connection, until the time is over.
    async fn drive(self, nth: usize, begin: Instant) -> io::Result<Driven> {
        let mut connection = Connection::open(&self.address).await?;
        let (end, mut driven) = (begin + self.time, Driven::default());
        let mut sent = Instant::now();
        for at in (nth..).step_by(CONNECTIONS) {
            let answer = connection.exchange(&self.requests[at % self.requests.len()]).await?;
            if answer.status != self.status || answer.body.len() != self.body_bytes {
                return Err(another(&answer));
            }
            driven.answers += 1;
            let now = Instant::now();
            if now >= end {
                break;
            }
            if now >= begin {
                driven.times.push(u32::try_from((now - sent).as_nanos()).unwrap_or(u32::MAX));
            }
            sent = now;
        }
        Ok(driven)
    }
}

fn another(answer: &super::http::Answer<'_>) -> io::Error {
    let begin = String::from_utf8_lossy(&answer.body[..answer.body.len().min(400)]);
    io::Error::other(format!("an answer of status {} and {} bytes: {begin}", answer.status, answer.body.len()))
}

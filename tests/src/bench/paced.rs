//! Load at a fixed rate: each request has its time, whatever became of those before it, and what it took is counted from then.
//!
//! A connection that still waits for an answer asks late, and that counts: no slow answer hides those that it kept waiting (coordinated
//! omission). Only where a connection lay idle and its thread was woken late, the time begins when it woke: that is the clock's, not the
//! server's.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::http::{Layout, no_answer};
use super::load::{CONNECTIONS, Outcome, Plan, WARM_UP};

/// Room for an answer to begin with.
const BUFFER_BYTES: usize = 64 << 10;

impl Plan {
    /// Asks so many times a second, evenly, over all connections in turns.
    ///
    /// # Errors
    /// A connection that broke, or an answer that is another one.
    pub fn run_at(&self, per_second: f64) -> io::Result<Outcome> {
        let start = Instant::now() + Duration::from_millis(50);
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|nth| {
                let plan = self.clone();
                thread::spawn(move || plan.keep_pace(nth, start, per_second))
            })
            .collect();
        let (mut answers, mut times) = (0, Vec::new());
        for thread in threads {
            let (answered, took) = thread.join().expect("a thread of the load does not panic")?;
            answers += answered;
            times.extend(took);
        }
        Outcome::of(answers, times, self.time)
    }

    /// One connection: its share of the requests, each when it is due.
    fn keep_pace(&self, nth: usize, start: Instant, per_second: f64) -> io::Result<(u32, Vec<u32>)> {
        let mut line = Line::open(&self.address)?;
        let (begin, end) = (start + WARM_UP, start + WARM_UP + self.time);
        let (mut answers, mut times) = (0, Vec::new());
        for at in (nth..).step_by(CONNECTIONS) {
            let due = start + Duration::from_secs_f64(at as f64 / per_second);
            if due >= end {
                break;
            }
            let asked = wait_until(due);
            let (status, bytes) = line.exchange(&self.requests[at % self.requests.len()])?;
            let took = asked.elapsed();
            if status != self.status || bytes != self.body_bytes {
                return Err(io::Error::other(format!("an answer of status {status} and {bytes} bytes")));
            }
            answers += 1;
            if due >= begin {
                times.push(u32::try_from(took.as_nanos()).unwrap_or(u32::MAX));
            }
        }
        Ok((answers, times))
    }
}

/// Waits until a request is due; gives the time from which it counts.
fn wait_until(due: Instant) -> Instant {
    let now = Instant::now();
    if now >= due {
        return due;
    }
    thread::sleep(due - now);
    Instant::now()
}

/// A connection of a thread of its own.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES] })
    }

    /// The status of the answer, and the length of its body.
    fn exchange(&mut self, request: &[u8]) -> io::Result<(u16, usize)> {
        self.stream.write_all(request)?;
        let (mut filled, mut layout) = (0, None::<Layout>);
        loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
            if layout.is_none() {
                layout = Layout::read(&self.buffer[..filled])?;
            }
            match layout {
                Some(layout) if filled == layout.end => return Ok((layout.status, layout.end - layout.head)),
                Some(layout) if filled > layout.end => return Err(no_answer("more than one answer")),
                _ => {}
            }
        }
    }
}

//! Load by windows: clients with a connection each that keep so many commands on the way, and what that came to.
//!
//! What is said and how answers are told from each other is a [`Speech`]; sockets, threads, clocks and the counting are the same whatever
//! is spoken, so that two servers are asked by clients that cost the same. Whatever is free of a window goes out in one write.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Two threads drive the clients, so that the load itself is not what a server of as many cores waits for.
const THREADS: usize = 2;
/// What is not counted, at the beginning.
const WARM_UP: Duration = Duration::from_millis(500);
/// Room for answers to begin with.
const BUFFER_BYTES: usize = 64 << 10;

/// What a client says, and what it understands.
pub trait Speech: Send + 'static {
    /// What it says before anything is counted, one after the other, each once the one before is answered.
    fn greetings(&self) -> Vec<Vec<u8>>;

    /// How many bytes the answer to the nth greeting takes from the beginning of what came; 0 where more has to come.
    ///
    /// # Errors
    /// An answer that is another one.
    fn greeted(&self, nth: usize, bytes: &[u8]) -> io::Result<usize>;

    /// Writes so many more commands down.
    fn ask(&mut self, commands: usize, out: &mut Vec<u8>);

    /// Reads what came: how many bytes were understood, and how many commands they acknowledge.
    ///
    /// # Errors
    /// What is no acknowledgement.
    fn hear(&mut self, bytes: &[u8]) -> io::Result<(usize, usize)>;
}

/// How much is put on, and for how long.
#[derive(Clone, Copy)]
pub struct Window {
    /// How many commands of each client are on the way.
    pub depth: usize,
    /// How long is counted.
    pub time: Duration,
}

/// What a load came to.
pub struct Outcome {
    /// Acknowledged commands in a second.
    pub per_second: f64,
    /// All that were acknowledged, those of the warm-up and of the end too.
    pub acknowledged: u64,
    /// Half of them took less, in microseconds.
    pub p50_us: f64,
    /// All but one in a hundred took less, in microseconds.
    pub p99_us: f64,
}

/// What a client, or a thread's clients, came to.
#[derive(Default)]
struct Driven {
    acknowledged: u64,
    /// How long each command took that counts, in nanoseconds.
    times: Vec<u32>,
}

impl Driven {
    fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.times.extend(other.times);
    }
}

impl Window {
    /// Puts the load of these clients on, and takes it away.
    ///
    /// # Errors
    /// A connection that broke, or an answer that is another one.
    pub fn run<S: Speech>(self, address: &str, speeches: Vec<S>) -> io::Result<Outcome> {
        let mut shares: Vec<Vec<S>> = (0..THREADS).map(|_| Vec::new()).collect();
        for (nth, speech) in speeches.into_iter().enumerate() {
            shares[nth % THREADS].push(speech);
        }
        let threads: Vec<_> = shares.into_iter().map(|share| self.start(address.to_owned(), share)).collect();
        let mut all = Driven::default();
        for thread in threads {
            all.add(thread.join().expect("a thread of the load does not panic")?);
        }
        all.times.sort_unstable();
        let at = |share: usize| all.times.get(all.times.len() * share / 100).map_or(0.0, |nanos| f64::from(*nanos) / 1e3);
        let per_second = all.times.len() as f64 / self.time.as_secs_f64();
        Ok(Outcome { per_second, acknowledged: all.acknowledged, p50_us: at(50), p99_us: at(99) })
    }

    fn start<S: Speech>(self, address: String, speeches: Vec<S>) -> std::thread::JoinHandle<io::Result<Driven>> {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
            runtime.block_on(async move {
                let begin = Instant::now() + WARM_UP;
                let tasks: Vec<_> = speeches.into_iter().map(|speech| tokio::spawn(self.drive(address.clone(), speech, begin))).collect();
                let mut all = Driven::default();
                for task in tasks {
                    all.add(task.await??);
                }
                Ok(all)
            })
        })
    }

    /// One client, until the time is over and all that it sent is acknowledged.
    async fn drive<S: Speech>(self, address: String, mut speech: S, begin: Instant) -> io::Result<Driven> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut buffer, mut filled) = (vec![0; BUFFER_BYTES], 0);
        for (nth, greeting) in speech.greetings().into_iter().enumerate() {
            stream.write_all(&greeting).await?;
            loop {
                let taken = speech.greeted(nth, &buffer[..filled])?;
                if taken > 0 {
                    buffer.copy_within(taken..filled, 0);
                    filled -= taken;
                    break;
                }
                filled += read(&mut stream, &mut buffer, filled).await?;
            }
        }
        let (end, mut driven, mut out) = (begin + self.time, Driven::default(), Vec::new());
        let mut sent: VecDeque<Instant> = VecDeque::with_capacity(self.depth);
        loop {
            let now = Instant::now();
            let free = self.depth - sent.len();
            if free > 0 && now < end {
                out.clear();
                speech.ask(free, &mut out);
                sent.extend(std::iter::repeat_n(now, free));
                stream.write_all(&out).await?;
            } else if sent.is_empty() {
                return Ok(driven);
            }
            filled += read(&mut stream, &mut buffer, filled).await?;
            let (taken, acknowledged) = speech.hear(&buffer[..filled])?;
            buffer.copy_within(taken..filled, 0);
            filled -= taken;
            let now = Instant::now();
            driven.acknowledged += acknowledged as u64;
            for _ in 0..acknowledged {
                let asked = sent.pop_front().ok_or_else(|| io::Error::other("more is acknowledged than was sent"))?;
                if now >= begin && now < end {
                    driven.times.push(u32::try_from((now - asked).as_nanos()).unwrap_or(u32::MAX));
                }
            }
        }
    }
}

/// Reads behind what is there; makes room where there is none.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>, filled: usize) -> io::Result<usize> {
    if filled == buffer.len() {
        buffer.resize(filled * 2, 0);
    }
    match stream.read(&mut buffer[filled..]).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        read => Ok(read),
    }
}

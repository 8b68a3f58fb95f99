//! One session with many messages: what an append, a read, a delta and a load cost with so many of them.
//!
//! Some appends carry a digest of the whole state, some are followed by a snapshot. So what is measured goes on for a whole period of
//! both, or falls on sessions that stand at places spread over it; the mean has its share of them, the worst is one of them.

use anyhow::{Context as _, Result, ensure};
use colloq_abi::{Head, Load, Op, Open, Request, Response, Role, Snapshot};
use colloq_core::Id;

use super::clock::{Watch, each_us, thread_time};
use super::series::Series;
use super::standard;
use super::tape::{self, APP, Ask, BEGIN_MS, Target as _};
use super::wasm::{File, Instance};

/// Nothing leaves a session because there is too much in it.
const LIMITS: &[u8] = br#"{"maxMessages":100000,"maxContentBytes":67108864}"#;
const MEMORY_BYTES_MAX: u64 = 4 << 30;
const USER: &str = "ada";
/// After how many versions everything was there that happens now and then: a digest after 64, a snapshot after 256.
const PERIOD: usize = 256;
/// About how many appends a round times, over all sessions.
const APPENDS: usize = 512;
/// How many entries follow the snapshot of a load.
const TAIL: usize = 32;
/// About how many messages a round reads or loads.
const MESSAGES_READ: usize = 200_000;
const READS_MAX: usize = 2000;
const LOADS_MAX: usize = 200;
/// The messages of a page that does not grow.
const PAGE: u32 = 50;
/// What a delta adds.
const DELTA: &str = "and so the build goes on";
/// The most that one delta adds where a stream is only to become long.
const CHUNK_BYTES: usize = 10_000;

/// What each operation took, in microseconds.
#[derive(Default)]
pub struct Costs {
    /// A message appended.
    pub append: Series,
    /// The append that took longest.
    pub append_worst: Series,
    /// The session read, with all messages.
    pub read: Series,
    /// The session read, with its newest 50 messages.
    pub page: Series,
    /// A delta of a message that streams.
    pub delta: Series,
    /// The session loaded from its newest snapshot and 32 entries.
    pub load: Series,
}

/// Sessions with so many messages.
pub struct Depth<'a> {
    file: &'a File,
    /// How many messages.
    pub messages: usize,
    /// What a store would give back.
    load: Vec<u8>,
    /// What was measured so far.
    pub costs: Costs,
}

impl<'a> Depth<'a> {
    /// One whose log is recorded, to be loaded.
    ///
    /// # Errors
    /// If the module gives no snapshot.
    pub fn new(file: &'a File, messages: usize) -> Result<Self> {
        let load = record(&mut Talk::new(file, 0), messages)?;
        Ok(Self { file, messages, load, costs: Costs::default() })
    }

    /// One round of all operations.
    ///
    /// # Errors
    /// If an operation was refused.
    pub fn round(&mut self) -> Result<()> {
        // A session grows by a twentieth at most while it is measured.
        let each = (self.messages / 20).clamp(1, PERIOD * 2);
        let sessions = APPENDS.div_ceil(each);
        let mut talk = Talk::new(self.file, 0);
        for nth in 0..=sessions {
            talk.begin(nth);
            talk.renames(nth, nth * PERIOD / sessions);
            talk.says(nth, self.messages);
        }
        let reads = (MESSAGES_READ / self.messages).clamp(5, READS_MAX);
        self.costs.read.push(talk.time_reads(0, None, reads, self.messages)?);
        self.costs.page.push(talk.time_reads(0, Some(PAGE), READS_MAX, self.messages.min(PAGE as usize))?);
        let mut watch = Watch::new();
        for nth in 0..sessions {
            talk.time_appends(nth, each, &mut watch);
        }
        self.costs.append.push(watch.each_us());
        self.costs.append_worst.push(watch.worst_us());
        // The last session is there for deltas alone.
        talk.stream(sessions)?;
        self.costs.delta.push(talk.time_deltas(sessions));
        drop(talk);
        let loads = (MESSAGES_READ / self.messages).clamp(5, LOADS_MAX);
        self.costs.load.push(time_loads(self.file, &self.load, loads)?);
        Ok(())
    }
}

/// What a delta takes at the end of so much text of a stream, in microseconds.
///
/// # Errors
/// If a delta was refused.
pub fn time_stream(file: &File, bytes: usize) -> Result<f64> {
    let mut talk = Talk::new(file, 0);
    talk.begin(0);
    talk.stream(0)?;
    let mut left = bytes;
    while left > 0 {
        let chunk = left.min(CHUNK_BYTES);
        talk.delta(0, &"x".repeat(chunk)).check(&mut talk.instance, 200);
        left -= chunk;
    }
    Ok(talk.time_deltas(0))
}

/// Sessions of one user and an agent, in a shard of their own.
struct Talk {
    instance: Instance,
    now: u64,
    /// Counts everything that needs an id.
    count: usize,
    /// The message that streams, and how long it is.
    stream: Option<(Id, usize)>,
}

impl Talk {
    fn new(file: &File, seed: u64) -> Self {
        let open = Open { seed, sessions_max: 1 << 20, memory_bytes_max: MEMORY_BYTES_MAX, limits: LIMITS, recent_max: 0 };
        Self { instance: file.open(&open), now: BEGIN_MS, count: 0, stream: None }
    }

    /// Somebody asks, a millisecond later than whoever asked before.
    fn ask<'b>(&mut self, session: usize, role: Role, op: Op<'b>, body: &'b [u8]) -> Ask<'b> {
        self.now += u64::from(!matches!(op, Op::Create));
        self.count += 1;
        Ask { session: tape::id(session), user: USER.into(), role, now: self.now, nth: self.count, op, body }
    }

    fn begin(&mut self, session: usize) {
        self.ask(session, Role::User, Op::Create, b"{}").write().check(&mut self.instance, 201);
    }

    fn renames(&mut self, session: usize, times: usize) {
        for nth in 0..times {
            self.rename(session, nth).run(&mut self.instance);
        }
    }

    fn rename(&mut self, session: usize, nth: usize) -> tape::Write {
        let body = format!(r#"{{"title":"The build, {}"}}"#, nth % 10);
        self.ask(session, Role::User, Op::Update, body.as_bytes()).write()
    }

    fn says(&mut self, session: usize, messages: usize) {
        for nth in 0..messages {
            self.message(session, nth).run(&mut self.instance);
        }
    }

    fn message(&mut self, session: usize, nth: usize) -> tape::Write {
        self.ask(session, Role::User, Op::AppendMessage, standard::message(nth).as_bytes()).write()
    }

    /// A message begins to stream.
    fn stream(&mut self, session: usize) -> Result<()> {
        let id = Id::mint(self.now, [7; 16]);
        let body = format!(r#"{{"id":"{id}","type":"assistant","status":"streaming"}}"#);
        self.ask(session, Role::Agent, Op::AppendMessage, body.as_bytes()).write().check(&mut self.instance, 201);
        ensure!(self.stream.replace((id, 0)).is_none(), "one message streams");
        Ok(())
    }

    /// The next delta.
    fn delta(&mut self, session: usize, text: &str) -> tape::Write {
        let (id, length) = self.stream.expect("a message streams");
        self.stream = Some((id, length + text.len()));
        let (id, body) = (id.to_string(), format!(r#"{{"offset":{length},"text":"{text}"}}"#));
        self.ask(session, Role::Agent, Op::AppendDelta(&id), body.as_bytes()).write()
    }

    fn time_reads(&mut self, session: usize, messages: Option<u32>, reads: usize, expected: usize) -> Result<f64> {
        let request = self.ask(session, Role::User, Op::Read { messages }, b"").call();
        let read: serde_json::Value = serde_json::from_slice(&tape::read(&mut self.instance, &request))?;
        let there = read["messages"].as_array().map(Vec::len);
        ensure!(there == Some(expected), "{expected} messages are read, not {there:?}");
        let begin = thread_time();
        for _ in 0..reads {
            std::hint::black_box(self.instance.call(&request));
        }
        Ok(each_us(begin, reads))
    }

    fn time_appends(&mut self, session: usize, times: usize, watch: &mut Watch) {
        let writes: Vec<_> = (0..times).map(|nth| self.message(session, nth)).collect();
        for write in &writes {
            watch.time(|| write.run(&mut self.instance));
        }
        self.message(session, times).check(&mut self.instance, 201);
    }

    fn time_deltas(&mut self, session: usize) -> f64 {
        let writes: Vec<_> = (0..PERIOD).map(|_| self.delta(session, DELTA)).collect();
        let begin = thread_time();
        for write in &writes {
            write.run(&mut self.instance);
        }
        let each = each_us(begin, writes.len());
        // A delta is refused that does not continue the text: this one shows that none of them was.
        self.delta(session, DELTA).check(&mut self.instance, 200);
        each
    }
}

/// Makes a session of so many messages, and gives the request that loads it from its newest snapshot and the entries behind it.
fn record(talk: &mut Talk, messages: usize) -> Result<Vec<u8>> {
    let mut log = Log::default();
    talk.begin(0);
    for nth in 0..messages {
        let write = talk.message(0, nth);
        log.follow(&mut talk.instance, &write)?;
    }
    log.snapshot = None;
    for nth in 0.. {
        let write = talk.rename(0, nth);
        log.follow(&mut talk.instance, &write)?;
        if log.snapshot.is_some() && log.entries.len() == TAIL {
            break;
        }
        ensure!(nth < PERIOD * 4, "a snapshot comes after some {PERIOD} versions");
    }
    let (head, bytes) = log.snapshot.as_ref().context("a snapshot")?;
    let load = Load {
        app: APP,
        session: *tape::id(0).as_bytes(),
        snapshot: Some(Snapshot { head: *head, bytes }),
        entries: log.entries.iter().map(Vec::as_slice).collect(),
        head: log.head.context("a head")?,
        touched_ms: talk.now,
    };
    Ok(tape::encode(&Request::Load(load)))
}

/// What a store keeps of a session.
#[derive(Default)]
struct Log {
    snapshot: Option<(Head, Vec<u8>)>,
    entries: Vec<Vec<u8>>,
    head: Option<Head>,
}

impl Log {
    /// Carries a write out and keeps what it makes.
    fn follow(&mut self, instance: &mut Instance, write: &tape::Write) -> Result<()> {
        let response: Response<'_> = colloq_abi::decode(instance.try_call(&write.call)?)?;
        for entry in response.appends.iter().flat_map(|append| &append.entries) {
            self.entries.push(entry.bytes.to_vec());
            self.head = Some(entry.head);
        }
        let response: Response<'_> = colloq_abi::decode(instance.try_call(&write.appended)?)?;
        if let Some(kept) = response.snapshots.last() {
            ensure!(self.head == Some(kept.head), "a snapshot is of what is in the store");
            self.snapshot = Some((kept.head, kept.bytes.to_vec()));
            self.entries.clear();
        }
        Ok(())
    }
}

fn time_loads(file: &File, load: &[u8], times: usize) -> Result<f64> {
    let mut instance = Talk::new(file, 1).instance;
    let (app, session, code) = (APP, *tape::id(0).as_bytes(), "sessionNotFound");
    let forget = tape::encode(&Request::Dropped { app, session, code });
    let mut watch = Watch::new();
    for _ in 0..times {
        watch.time(|| std::hint::black_box(instance.call(load).len()));
        ensure!(tape::stats(&mut instance).0 == 1, "the session is there");
        instance.call(&forget);
        ensure!(tape::stats(&mut instance).0 == 0, "the session is forgotten");
    }
    Ok(watch.each_us())
}

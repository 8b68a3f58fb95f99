//! What clients asked and were told, what links were shown, and what the store has at the end: a history, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use colloq_host::engine::Lost;
use colloq_store::{Key, Record as Entry, Store};
use colloq_store_redis::RedisStore;
use colloq_tests::history::{Event, Want, check};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

/// What all clients of a run write into.
pub(crate) struct Record {
    begun: Instant,
    events: Mutex<Vec<Event>>,
    ops: AtomicU64,
    /// What links were shown of each session, in its order.
    shown: Mutex<BTreeMap<String, Vec<String>>>,
    pub(crate) is_over: AtomicBool,
    pub(crate) acknowledged: AtomicU64,
    /// Where the history was when the harm began.
    harmed_at: Mutex<Option<usize>>,
}

/// What became of something that was asked for.
pub(crate) enum Told {
    Ok { version: u64, view: Option<Value> },
    Fail(String),
    Unknown,
}

/// What a run came to.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) acknowledged: u64,
    /// Of those.
    pub(crate) lost: u64,
    /// Entries that hosts reported as lost.
    pub(crate) reported: usize,
    pub(crate) unknown: u64,
    pub(crate) reads: u64,
    pub(crate) sessions: usize,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, lost, reported, unknown, reads, sessions } = self;
        write!(
            f,
            "{lost} of {acknowledged} acknowledged lost, {reported} entries reported, {unknown} unknown, {reads} reads, {sessions} sessions"
        )
    }
}

#[derive(Deserialize)]
struct Frame<'a> {
    kind: &'a str,
    #[serde(borrow, default)]
    entries: Vec<&'a RawValue>,
}

impl Record {
    pub(crate) fn new() -> Arc<Self> {
        let (events, shown, harmed_at) = (Mutex::default(), Mutex::default(), Mutex::default());
        let (ops, is_over, acknowledged) = (AtomicU64::new(1), AtomicBool::new(false), AtomicU64::new(0));
        Arc::new(Self { begun: Instant::now(), events, ops, shown, is_over, acknowledged, harmed_at })
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }

    /// A session is there: from now on it is part of the history.
    pub(crate) fn begin(&self, session: Uuid) {
        self.shown.lock().entry(session.to_string()).or_default();
    }

    /// Somebody wants something; what they write bears a mark of its own.
    pub(crate) fn invoke(&self, session: Uuid, want: Want) -> (u64, String) {
        let op = self.ops.fetch_add(1, Ordering::Relaxed);
        let mark = format!("~{op}~");
        let marked = (want == Want::Write).then(|| mark.clone());
        self.events.lock().push(Event::Invoke { at: self.now(), op, session: session.to_string(), want, mark: marked });
        (op, mark)
    }

    /// They are told what became of it.
    pub(crate) fn tell(&self, op: u64, told: Told) {
        let at = self.now();
        self.events.lock().push(match told {
            Told::Ok { version, view } => {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
                Event::Ok { at, op, version, id: None, code: None, view }
            }
            Told::Fail(code) => Event::Fail { at, op, code },
            Told::Unknown => Event::Unknown { at, op },
        });
    }

    /// A link was shown a frame.
    pub(crate) fn show(&self, session: Uuid, frame: &[u8]) {
        let Ok(Frame { kind: "entries", entries }) = serde_json::from_slice(frame) else { return };
        let mut shown = self.shown.lock();
        let known = shown.entry(session.to_string()).or_default();
        for entry in entries {
            if !known.iter().rev().any(|other| other == entry.get()) {
                known.push(entry.get().to_owned());
            }
        }
    }

    /// The harm begins: what the store loses it has lost since then.
    pub(crate) fn harm(&self) {
        *self.harmed_at.lock() = Some(self.events.lock().len());
    }

    pub(crate) fn sessions(&self) -> Vec<Uuid> {
        self.shown.lock().keys().map(|session| session.parse().expect("an id")).collect()
    }

    /// Reads the logs, and checks the whole history against them.
    ///
    /// # Panics
    /// If anything is wrong with it.
    pub(crate) async fn check(&self, url: &str, losses: &[Arc<Lost>]) -> Outcome {
        let store = RedisStore::open(url.parse().expect("an address")).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let mut events = std::mem::take(&mut *self.events.lock());
        let harmed_at = self.harmed_at.lock().unwrap_or(events.len());
        let (at, shown) = (self.now(), self.shown.lock().clone());
        let mut reported = 0;
        for (session, mut known) in shown {
            let log = log(&store, &session).await;
            let of_session = |lost: &&Arc<Lost>| Uuid::from_bytes(lost.key.session).to_string() == session;
            for lost in losses.iter().filter(of_session) {
                let entries: Vec<String> = lost.entries.iter().map(text).collect();
                known.extend(entries.iter().filter(|entry| !known.contains(entry)).cloned().collect::<Vec<_>>());
                reported += entries.len();
                events.push(Event::Reported { at, session: session.clone(), entries });
            }
            let there: BTreeSet<&String> = log.iter().collect();
            let entries: Vec<String> = known.into_iter().filter(|entry| !there.contains(entry)).collect();
            if let Some(first) = entries.iter().map(|entry| version(entry)).min() {
                let (session, held) = (session.clone(), entries.len());
                events.insert(harmed_at, Event::Lost { at, session, after: first - 1, entries, held });
            }
            events.push(Event::Log { session, entries: log, erased: false });
        }
        let verdict = check(&events);
        assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
        let sessions = self.shown.lock().len();
        let (acknowledged, reads) = (verdict.kept + verdict.lost, verdict.reads);
        Outcome { acknowledged, lost: verdict.lost, reported, unknown: verdict.unknown, reads, sessions }
    }
}

/// A session's log, whole.
async fn log(store: &RedisStore, session: &str) -> Vec<String> {
    let key = Key { app: "default".into(), session: *session.parse::<Uuid>().expect("an id").as_bytes() };
    let Some(loaded) = store.load(&key).await.expect("the store answers") else { return Vec::new() };
    assert!(loaded.snapshot.is_none(), "nobody writes so much that the log is trimmed");
    loaded.records.iter().map(text).collect()
}

fn text(entry: &Entry) -> String {
    String::from_utf8(entry.bytes.to_vec()).expect("an entry is text")
}

fn version(entry: &str) -> u64 {
    let entry: Value = serde_json::from_str(entry).expect("an entry is JSON");
    entry["version"].as_u64().expect("a version")
}

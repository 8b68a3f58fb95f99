//! The engine: shards of module instances over one store, and the links that follow sessions.
//!
//! It carries opaque payloads between doors, module and store. It must never look into one, nor decide anything that the module
//! decides; the file that it runs is the only authority.

mod analytics;
mod answer;
mod beside;
mod effects;
mod health;
mod history;
mod hub;
mod links;
mod look;
mod losses;
mod module;
mod news;
mod observed;
mod outside;
mod problem;
mod reads;
mod shard;
mod timer;
mod unknown;
mod watch;

pub use analytics::{Analytics, ShardAnalytics};
pub use answer::{Answer, CallSpec, EngineError, Identity, Op, Role};
pub use history::{History, Period};
pub use hub::{Cut, Frame, Link, LinkEvents};
pub use losses::Lost;
pub use module::{ModuleError, ModuleFile};
pub use outside::{Instance, Machine, Outside, Program, Trap};
pub use watch::Covered;

pub(crate) use effects::hex;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use colloq_abi::{Actor, Call, Request};
use colloq_store::{Key, Page, Store, StoreError};
use health::Health;
use losses::Losses;
use module::{OwnedManifest, read_manifest};
use outside::entropy;
use reads::Reads;
use shard::{Outcome, Settings, Shard, Shared};
use watch::Watches;

use crate::gauges::Gauges;
use crate::spans::Spans;

/// A request that broke the module this often is set aside.
const TRAPS_MAX: u32 = 3;
/// A request that had its session loaded this often finds no room for it.
const LOADS_MAX: u32 = 16;
/// How many confirmed entries a session keeps at hand for a store that may go back.
const RECENT_MAX: u32 = 256;

/// How many shards a core has, where nobody says otherwise. A call waits while another one is in its shard; among so many it seldom does,
/// and an append takes up to a quarter less of the processor than with one a core.
const SHARDS_A_CORE: usize = 4;
/// The most memory of a shard, where nobody says otherwise; the directory refuses at 70% of it.
pub const SHARD_BYTES_MAX: u64 = 512 << 20;
/// The most sessions that a shard keeps at hand, where nobody says otherwise.
pub const SHARD_SESSIONS_MAX: u32 = 1 << 18;

/// How many shards this machine has, where nobody says otherwise.
pub fn default_shards() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) * SHARDS_A_CORE
}

/// What an engine is made of.
pub struct EngineOptions {
    /// The module's file.
    pub module: Bytes,
    /// Where logs live.
    pub store: Arc<dyn Store>,
    /// How many shards; at least 1; [`default_shards`] is a good number.
    pub shards: usize,
    /// Changes of the default limits of sessions: JSON, may be empty.
    pub limits_json: Bytes,
    /// The most memory that a shard may grow to, in bytes.
    pub memory_bytes_max: u64,
    /// The most sessions that a shard keeps at hand; the others are in the store.
    pub sessions_max: u32,
    /// A session that nobody used for so long leaves the memory of its shard until it is asked for again; `None` for never.
    pub hibernate_after: Option<Duration>,
}

/// See the module's documentation. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    module: Arc<dyn Program>,
    manifest: OwnedManifest,
    store: Arc<dyn Store>,
    losses: Arc<Losses>,
    watches: Arc<Watches>,
    looking: news::Looking,
    gauges: Arc<Gauges>,
    spans: OnceLock<Arc<Spans>>,
    health: Arc<Health>,
    unkept: history::UnkeptLock,
    outside: Arc<dyn Outside>,
    shards: Vec<Arc<Shard>>,
    /// `None` over a store that others write to.
    reads: Option<Reads>,
    next_ticket: AtomicU64,
    next_link: AtomicU64,
    stopping: AtomicBool,
    /// How long nobody used a session that leaves the memory.
    hibernate_ms: Option<u64>,
}

impl Engine {
    /// Compiles the module and opens its shards. Needs a tokio runtime.
    ///
    /// # Errors
    /// Why the module cannot be used.
    pub async fn open(options: EngineOptions) -> Result<Self, ModuleError> {
        Self::open_in(options, Arc::new(Machine)).await
    }

    /// The same, somewhere else than on this machine.
    ///
    /// # Errors
    /// Why the module cannot be used.
    #[allow(clippy::unused_async, reason = "it starts tasks, and so belongs inside a runtime")]
    pub async fn open_in(options: EngineOptions, outside: Arc<dyn Outside>) -> Result<Self, ModuleError> {
        let (losses, watches) = (Arc::<Losses>::default(), Arc::new(Watches::new(&options.store)));
        let (module, store) = (outside.program(options.module)?, options.store);
        let mut opened = Vec::new();
        let (mut manifest, mut first_link) = (None, 0);
        for _ in 0..options.shards.max(1) {
            let settings = Settings {
                seed: u64::from_le_bytes(entropy(&*outside)),
                recent_max: if store.is_shared() { RECENT_MAX } else { 0 },
                sessions_max: options.sessions_max,
                memory_bytes_max: options.memory_bytes_max,
                limits: options.limits_json.clone(),
            };
            if store.is_shared() {
                // Links of several hosts are shown side by side: each host counts from a place of its own.
                first_link = settings.seed >> 20;
            }
            let (instance, said) = module.instantiate(&settings.open())?;
            manifest = manifest.or(Some(read_manifest(&said).ok_or(ModuleError::Refused)?));
            opened.push((settings, instance));
        }
        let manifest: OwnedManifest = manifest.expect("there is at least one shard");
        let (gauges, health) = (Arc::new(Gauges::new(store.name(), module.file().1, manifest.schema)), Arc::<Health>::default());
        let shared = Shared { module, store, losses, watches, outside, gauges, health };
        let shards = opened.into_iter().map(|(settings, instance)| Shard::new(shared.clone(), settings, instance)).collect();
        let Shared { module, store, losses, watches, outside, gauges, health } = shared;
        let reads = (!store.is_shared()).then(Reads::new);
        let inner = Inner {
            module,
            manifest,
            store,
            losses,
            watches,
            looking: news::Looking::default(),
            gauges,
            spans: OnceLock::new(),
            health,
            unkept: history::UnkeptLock::default(),
            outside,
            shards,
            reads,
            next_ticket: AtomicU64::new(1),
            next_link: AtomicU64::new(first_link),
            stopping: AtomicBool::new(false),
            hibernate_ms: options.hibernate_after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
        };
        let inner = Arc::new(inner);
        timer::start(&inner);
        history::start(&inner);
        if inner.store.is_shared() {
            look::start(&inner);
            news::start(&inner);
        }
        Ok(Self { inner })
    }

    /// Answers one call: loads the session where it is not at hand, and waits until the store has what the answer rests on.
    ///
    /// # Errors
    /// Only what the host itself has to say (the store cannot be reached, there is no room ...); a rejection is an [`Answer`].
    pub async fn call(&self, call: CallSpec<'_>) -> Result<Answer, EngineError> {
        match (&self.inner.reads, call.op) {
            (Some(reads), Op::Read { messages }) => self.read(reads, call, messages).await,
            _ => self.ask(&call).await,
        }
    }

    async fn ask(&self, call: &CallSpec<'_>) -> Result<Answer, EngineError> {
        let ticket = self.next_ticket();
        self.drive(call, ticket, |shard, request, key| shard.request(request, key, ticket)).await
    }

    fn next_ticket(&self) -> u64 {
        self.inner.next_ticket.fetch_add(1, Ordering::Relaxed) * 2
    }

    /// Has a request answered, and notes what came of it.
    async fn drive<F>(&self, call: &CallSpec<'_>, ticket: u64, send: F) -> Result<Answer, EngineError>
    where
        F: Fn(&Arc<Shard>, &Request<'_>, &Key) -> Outcome,
    {
        let started = Instant::now();
        let result = self.repeat(call, ticket, send).await;
        self.note_use(call);
        self.note(&call.op, &result, started.elapsed());
        result
    }

    /// Repeats a request until it is answered: after a load, after an append that came first, after a trap.
    async fn repeat<F>(&self, call: &CallSpec<'_>, ticket: u64, send: F) -> Result<Answer, EngineError>
    where
        F: Fn(&Arc<Shard>, &Request<'_>, &Key) -> Outcome,
    {
        let key = call.session_key();
        let shard = self.inner.shard(&key);
        let (mut absent, mut traps, mut loads, mut is_sought) = (false, 0, 0, false);
        let mut is_fresh = !self.inner.store.is_shared();
        if !is_fresh && look::shows(&call.op) {
            self.inner.look(shard, &key).await?;
            is_fresh = true;
        }
        loop {
            let outcome = send(shard, &request(call, ticket, absent, &*self.inner.outside), &key);
            absent = false;
            match outcome {
                // What makes no entry meets no other host's: whoever is told no is told by the store's state, not by an older one.
                Outcome::Answer(answer) if !is_fresh && (answer.status >= 400 || answer.code.is_some()) => {
                    self.inner.look(shard, &key).await?;
                    (is_fresh, is_sought) = (true, true);
                }
                // A session of somebody else is told to be nowhere as late as one that is: after the store was asked.
                Outcome::Answer(answer) if !is_sought && problem::is_nowhere(&answer) => {
                    drop(self.inner.store.load(&Key { session: [0; 16], ..key.clone() }).await?);
                    is_sought = true;
                }
                Outcome::Answer(answer) => return Ok(self.worded(answer)),
                Outcome::Done => {
                    return Ok(Answer { status: 202, version: 0, body: Bytes::new(), code: None });
                }
                Outcome::Load(_) => {
                    // A session that leaves as soon as it is loaded would be loaded for ever.
                    loads += 1;
                    if loads > LOADS_MAX {
                        return Err(EngineError::Overloaded("the session does not stay loaded"));
                    }
                    (is_fresh, is_sought) = (true, true);
                    match self.inner.load(shard, &key).await? {
                        Loading::There => {}
                        Loading::Absent => absent = true,
                        Loading::Trapped => traps += 1,
                    }
                }
                Outcome::Again(settled) => drop(settled.await),
                Outcome::Wait(answer) => match answer.await {
                    Ok(Some(answer)) => return Ok(self.worded(answer)),
                    Ok(None) => {}
                    Err(_) => return Err(EngineError::Internal),
                },
                Outcome::Damaged => return Err(EngineError::Damaged),
                Outcome::Stats(_) => return Err(EngineError::Internal),
                Outcome::Trapped => traps += 1,
            }
            if traps >= TRAPS_MAX {
                return Err(EngineError::Overloaded("the request broke the module three times and was set aside"));
            }
        }
    }

    /// Erases a session for good, where the module says that the caller may: then the answer is 204. The operation is `Op::Erase`.
    ///
    /// # Errors
    /// As [`call`](Self::call), and why the store did not.
    pub async fn erase(&self, call: CallSpec<'_>) -> Result<Answer, EngineError> {
        let key = call.session_key();
        let answer = self.call(CallSpec { op: Op::Erase, ..call }).await?;
        if answer.status != 204 {
            return Ok(answer);
        }
        let user: Option<String> = serde_json::from_slice(&answer.body).ok();
        self.inner.shard(&key).erase(&key, user.as_deref()).await?;
        Ok(Answer { body: Bytes::new(), ..answer })
    }

    /// A page of a user's sessions, newest first.
    ///
    /// # Errors
    /// Why the store did not answer.
    pub async fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Result<Page, EngineError> {
        Ok(self.inner.store.list(app, user, after, limit).await?)
    }

    /// The problem document (RFC 9457) of a code of the module's table, and its status.
    pub fn problem(&self, code: &str, detail: Option<&str>) -> (u16, Bytes) {
        problem::document(&self.inner.manifest.codes, code, detail)
    }

    /// The status of a code, whether it may succeed when tried again, and its title; `None` for a code that the table does not have.
    pub fn code(&self, code: &str) -> Option<(u16, bool, &str)> {
        problem::row(&self.inner.manifest.codes, code).map(|row| (row.status, row.retryable, &*row.title))
    }

    /// All codes of the table.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.inner.manifest.codes.iter().map(|row| &*row.code)
    }

    fn worded(&self, answer: Answer) -> Answer {
        let Some(code) = answer.code else { return answer };
        let (status, body) = self.problem(code, None);
        Answer { status, body, ..answer }
    }

    /// The module's file and its SHA-256 in hex.
    pub fn module(&self) -> (&Bytes, &str) {
        self.inner.module.file()
    }

    /// The schema that the module writes, and the default limits as JSON.
    pub fn schema(&self) -> (u32, &Bytes) {
        (self.inner.manifest.schema, &self.inner.manifest.limits)
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// What the store lost and could not be given back, as far as there is room for it; oldest first.
    pub fn losses(&self) -> Vec<Arc<Lost>> {
        self.inner.losses.list()
    }

    /// How many confirmed entries the store lost.
    pub fn lost_entries(&self) -> u64 {
        self.inner.losses.entries_total()
    }

    /// How many times a shard was rebuilt after a trap.
    pub fn rebuilds(&self) -> u64 {
        self.inner.shards.iter().map(|shard| shard.traps.load(Ordering::Relaxed)).sum()
    }

    /// How many times a shard was given a fresh instance because the one it had was much too large for what it held.
    pub fn renewals(&self) -> u64 {
        self.inner.shards.iter().map(|shard| shard.renewals.load(Ordering::Relaxed)).sum()
    }

    /// Waits for appends in flight, at most as long as `drain`, and flushes the store.
    pub async fn shutdown(&self, drain: Duration) {
        self.inner.stopping.store(true, Ordering::Relaxed);
        let deadline = tokio::time::Instant::now() + drain;
        while self.inner.shards.iter().any(|shard| !shard.is_idle()) && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.inner.keep_history_at_last().await;
        if let Err(error) = self.inner.store.flush().await {
            tracing::error!(%error, "the store could not be flushed");
        }
    }
}

impl Inner {
    /// A session's shard. Ids are random in their last eight bytes.
    fn shard(&self, key: &Key) -> &Arc<Shard> {
        let tail = key.session[8..].iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        &self.shards[tail % self.shards.len()]
    }

    /// Loads a session into its shard.
    async fn load(&self, shard: &Arc<Shard>, key: &Key) -> Result<Loading, EngineError> {
        while let Some(settled) = shard.settled(key) {
            let _ = settled.await;
        }
        let Some(loaded) = self.store.load(key).await? else {
            return Ok(Loading::Absent);
        };
        match shard.load(key, &loaded) {
            Outcome::Damaged => Err(EngineError::Damaged),
            Outcome::Again(settled) => {
                let _ = settled.await;
                Ok(Loading::There)
            }
            Outcome::Trapped => Ok(Loading::Trapped),
            _ => Ok(Loading::There),
        }
    }
}

/// What became of a load.
enum Loading {
    /// The session is in its shard, or was.
    There,
    /// The store has none.
    Absent,
    /// It broke the module.
    Trapped,
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::Full(why) => Self::StoreFull(why),
            StoreError::Damaged(_) => Self::Damaged,
            other => Self::StoreUnavailable(other.to_string()),
        }
    }
}

fn request<'a>(call: &'a CallSpec<'_>, ticket: u64, absent: bool, outside: &dyn Outside) -> Request<'a> {
    let identity = call.identity;
    let actor = Actor {
        role: identity.role,
        id: &identity.id,
        name: identity.name.as_deref(),
        anonymous: identity.anonymous,
        generation: identity.generation,
    };
    let needs_entropy = matches!(call.op, Op::AppendMessage | Op::Commands | Op::Submit | Op::Fork | Op::Restore | Op::Compact);
    Request::Call(Call {
        ticket,
        now: outside.now_ms(),
        app: &identity.app,
        session: *call.session.as_bytes(),
        actor,
        entropy: if needs_entropy { entropy(outside) } else { [0; 16] },
        absent,
        condition: call.condition,
        key: call.key,
        op: call.op,
        body: &call.body,
    })
}

//! A world around one engine: people, a clock that stands until it is moved, and a store that waits, conflicts and loses on command.
//!
//! Nothing in it is random and nothing reads the machine's clock, so the same scenario makes the same bytes on every engine. It holds
//! no rule of a session; it checks what holds in every scenario: entries continue their log, and no answer speaks of what is not stored.

#![allow(clippy::needless_pass_by_value, reason = "a body is made where it is sent; a scenario reads better without a reference")]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use colloq_abi::{Head, Open, Request};
use colloq_core::Id;
use serde_json::{Value, json};

use crate::engine::{Engine, Kind, Target};
use crate::log::Log;

mod answer;
mod asking;
mod host;
mod stage;
mod store;
mod who;

pub use answer::Answer;
pub use asking::Terms;
pub use stage::{default_limits, frame, run, run_on};
pub use store::Lost;
pub use who::{ADA, BEN, BOT, GUEST, HAL, OPS, Who};

/// The app that all scenarios play in.
pub const APP: &str = "default";
/// When every world begins: 2026-01-01T00:00:00Z.
pub const BEGIN_MS: u64 = 1_767_225_600_000;
/// A minute.
pub const MINUTE_MS: u64 = 60_000;

/// Names a call whose answer may be yet to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Every request and every answer of a scenario, to the byte.
pub type Transcript = Vec<(Vec<u8>, Vec<u8>)>;

impl Ticket {
    /// What the module says to no caller: to the host itself, or to all links of a session.
    pub const NOBODY: Self = Self(0);
}

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Changes of the default limits, JSON.
    pub limits: String,
    /// How many sessions it keeps at hand.
    pub sessions_max: u32,
    /// How many confirmed entries of a session it keeps at hand, for a store that may go back.
    pub recent_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: String::new(), sessions_max: 1000, recent_max: 0 }
    }
}

/// See the module's documentation.
pub struct World {
    target: Target,
    engine: Box<dyn Engine>,
    /// The host's clock, milliseconds since 1970.
    pub now: u64,
    /// When the module wants its next tick.
    pub wake_at: Option<u64>,
    /// Why histories could not be used; a scenario that brings this about takes it out.
    pub damaged: Vec<String>,
    logs: BTreeMap<Id, Log>,
    /// The sessions that were erased.
    tombstones: BTreeSet<Id>,
    /// What stores lost and could not be given again.
    pub losses: Vec<Lost>,
    /// The sessions that left the memory, in their order.
    pub rested: Vec<Id>,
    settings: Settings,
    asked: BTreeMap<Ticket, asking::Asked>,
    answers: BTreeMap<Ticket, Vec<Answer>>,
    /// Calls that are asked again once an append of their session is settled.
    again: Vec<Ticket>,
    holding: bool,
    /// Appends that the store has not carried out yet, encoded.
    held: VecDeque<Vec<u8>>,
    /// Appends whose outcome the store could not tell, encoded, with the replies that wait for them.
    unknown: BTreeMap<Id, Vec<u8>>,
    /// The head of each session that the module was last told of.
    told: BTreeMap<Id, Head>,
    /// Appends that the store carried out.
    pub appends: usize,
    /// The counters that the module last gave.
    counters: Option<Value>,
    counter: Rc<Cell<u64>>,
    transcript: Rc<RefCell<Transcript>>,
}

impl World {
    /// A world without sessions around an engine that runs the shipped file.
    pub fn new(kind: Kind) -> Self {
        Self::on(&Target::shipped(kind))
    }

    /// A world like this one without sessions, around a host that is set up otherwise. Its bytes go into the same transcript.
    #[must_use]
    pub fn apart(&self, settings: Settings) -> Self {
        let mut apart = self.twin_with(settings);
        apart.logs.clear();
        apart.tombstones.clear();
        apart
    }

    /// A world without sessions.
    pub fn on(target: &Target) -> Self {
        Self::with_settings(target.clone(), Settings::default())
    }

    fn with_settings(target: Target, settings: Settings) -> Self {
        let mut world = Self {
            engine: target.start(),
            target,
            now: BEGIN_MS,
            wake_at: None,
            damaged: Vec::new(),
            logs: BTreeMap::new(),
            tombstones: BTreeSet::new(),
            losses: Vec::new(),
            rested: Vec::new(),
            settings,
            asked: BTreeMap::new(),
            answers: BTreeMap::new(),
            again: Vec::new(),
            holding: false,
            held: VecDeque::new(),
            unknown: BTreeMap::new(),
            told: BTreeMap::new(),
            appends: 0,
            counters: None,
            counter: Rc::default(),
            transcript: Rc::default(),
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let open = Open {
            seed: 7,
            sessions_max: self.settings.sessions_max,
            memory_bytes_max: 1 << 30,
            limits: self.settings.limits.as_bytes(),
            recent_max: self.settings.recent_max,
        };
        let manifest = self.engine.open(&open);
        self.transcript.borrow_mut().push((Vec::new(), manifest));
    }

    /// Another host on a copy of this world's store, with nothing at hand. Its bytes go into the same transcript.
    #[must_use]
    pub fn twin(&self) -> Self {
        self.twin_with(self.settings.clone())
    }

    /// Another host that is set up otherwise.
    #[must_use]
    pub fn twin_with(&self, settings: Settings) -> Self {
        let mut twin = Self::with_settings(self.target.clone(), settings);
        twin.transcript = Rc::clone(&self.transcript);
        twin.counter = Rc::clone(&self.counter);
        twin.now = self.now;
        twin.logs.clone_from(&self.logs);
        twin.tombstones.clone_from(&self.tombstones);
        twin
    }

    /// What was asked and answered so far.
    pub fn transcript(&self) -> Transcript {
        self.transcript.borrow().clone()
    }

    /// Sixteen bytes that no call had before; the same in every run.
    pub fn entropy(&self) -> [u8; 16] {
        self.counter.set(self.counter.get() + 1);
        let mut bytes = [0; 16];
        // The last byte is left to whoever makes several ids out of it.
        bytes[8..].copy_from_slice(&(self.counter.get() << 8).to_be_bytes());
        bytes
    }

    /// An id that belongs to this moment.
    pub fn new_id(&self) -> Id {
        Id::mint(self.now, self.entropy())
    }

    /// Lets time pass.
    pub fn advance(&mut self, ms: u64) {
        self.now += ms;
    }

    /// The log of a session, as the store has it.
    pub fn log(&self, session: Id) -> &Log {
        self.logs.get(&session).expect("the store knows the session")
    }

    /// The log of a session, to change what the store has.
    pub fn log_mut(&mut self, session: Id) -> &mut Log {
        self.logs.entry(session).or_default()
    }
}

fn encode(request: &Request<'_>) -> Vec<u8> {
    colloq_abi::encode(request)
}

/// A command of a `submit` frame.
pub fn command(client: Id, seq: u64, mut command: Value) -> Value {
    command["id"] = json!([client.to_string(), seq]);
    command
}

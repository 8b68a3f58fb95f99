//! A world around one engine: people, a clock that stands until it is moved, and a store that waits, conflicts and loses on command.
//!
//! Nothing in it is random and nothing reads the machine's clock, so the same scenario makes the same bytes on every engine. It holds
//! no rule of a session; it checks what holds in every scenario: entries continue their log, and no answer speaks of what is not stored.

#![allow(clippy::needless_pass_by_value, reason = "a body is made where it is sent; a scenario reads better without a reference")]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use colloq_abi::{Actor, Append, Call, Conflicted, Op, Open, ReplyKind, Request, Response, Role};
use colloq_core::Id;
use serde_json::{Value, json};

use crate::engine::{Engine, Kind, Target};
use crate::log::{Kept, Log};

mod answer;
mod stage;

pub use answer::Answer;
pub use stage::{default_limits, frame, run, run_on};

/// The app that all scenarios play in.
pub const APP: &str = "default";
/// When every world begins: 2026-01-01T00:00:00Z.
pub const BEGIN_MS: u64 = 1_767_225_600_000;
/// A minute.
pub const MINUTE_MS: u64 = 60_000;

/// Somebody who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    role: Role,
    id: &'static str,
    anonymous: bool,
}

/// A user.
pub const ADA: Who = Who { role: Role::User, id: "ada", anonymous: false };
/// Another user.
pub const BEN: Who = Who { role: Role::User, id: "ben", anonymous: false };
/// A guest of the page, whom nobody vouches for.
pub const GUEST: Who = Who { role: Role::User, id: "guest-1", anonymous: true };
/// An agent.
pub const BOT: Who = Who { role: Role::Agent, id: "bot", anonymous: false };
/// Another agent.
pub const HAL: Who = Who { role: Role::Agent, id: "hal", anonymous: false };
/// An operator.
pub const OPS: Who = Who { role: Role::Operator, id: "ops", anonymous: false };

/// Names a call whose answer may be yet to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Every request and every answer of a scenario, to the byte.
pub type Transcript = Vec<(Vec<u8>, Vec<u8>)>;

/// A call as it was asked, to ask it again.
struct Asked {
    session: Id,
    request: Vec<u8>,
    /// The same, where the store knows nothing of the session.
    absent: Vec<u8>,
    times: u32,
}

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Changes of the default limits, JSON.
    pub limits: String,
    /// How many sessions it keeps at hand.
    pub sessions_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: String::new(), sessions_max: 1000 }
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
    settings: Settings,
    asked: BTreeMap<Ticket, Asked>,
    answers: BTreeMap<Ticket, Vec<Answer>>,
    /// Calls that are asked again once an append of their session is settled.
    again: Vec<Ticket>,
    holding: bool,
    /// Appends that the store has not carried out yet, encoded.
    held: VecDeque<Vec<u8>>,
    /// Appends that the store carried out.
    pub appends: usize,
    counter: Rc<Cell<u64>>,
    transcript: Rc<RefCell<Transcript>>,
}

impl World {
    /// A world without sessions around an engine that runs the shipped file.
    pub fn new(kind: Kind) -> Self {
        Self::on(&Target::shipped(kind))
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
            settings,
            asked: BTreeMap::new(),
            answers: BTreeMap::new(),
            again: Vec::new(),
            holding: false,
            held: VecDeque::new(),
            appends: 0,
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
            recent_max: 0,
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
        bytes[8..].copy_from_slice(&self.counter.get().to_be_bytes());
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

    /// The store now has another host's history of a session.
    pub fn conflict_with(&mut self, other: &Self, session: Id) {
        self.logs.insert(session, other.log(session).clone());
    }
}

/// The store on command.
impl World {
    /// From here on the store carries out no append.
    pub fn hold_appends(&mut self) {
        self.holding = true;
    }

    /// The store carries out what it held, and waits no more.
    pub fn release(&mut self) {
        self.holding = false;
        while self.release_one() {}
    }

    /// The store carries out the first append that it holds; `false` where it holds none.
    pub fn release_one(&mut self) -> bool {
        let Some(append) = self.held.pop_front() else { return false };
        let append: Append<'_> = colloq_abi::decode(&append).expect("it was encoded here");
        let request = self.carry_out(&append);
        self.run(request);
        true
    }

    /// How many entries each append holds that the store has not carried out.
    pub fn held(&self) -> Vec<usize> {
        let entries = |append: &Vec<u8>| colloq_abi::decode::<Append<'_>>(append).expect("it was encoded here").entries.len();
        self.held.iter().map(entries).collect()
    }

    /// The append in flight of a session failed for good.
    pub fn drop_append(&mut self, session: Id, code: &str) {
        self.held.pop_front().expect("an append is held");
        self.ask(&Request::Dropped { app: APP, session: *session.as_bytes(), code });
    }

    /// Carries an append out; gives the request that tells the module how it went.
    fn carry_out(&mut self, append: &Append<'_>) -> Vec<u8> {
        let session = Id::from_bytes(append.session).expect("the module names sessions by their ids");
        assert_eq!(append.app, APP);
        if self.log_mut(session).append(append) {
            self.appends += 1;
            append.replies.iter().for_each(|reply| self.deliver(session, reply));
            return encode(&Request::Appended { app: APP, session: append.session });
        }
        let log = self.log(session);
        let continues = log.has(append.expected);
        let load = if continues { log.load_from(session, append.expected.version as usize) } else { log.load(session) };
        encode(&Request::Conflicted(Conflicted { load, continues }))
    }
}

/// Asking.
impl World {
    /// Asks something; the answer may have to wait.
    pub fn send(&mut self, who: Who, session: Id, op: Op<'_>, body: impl ToString) -> Ticket {
        self.send_if(who, session, None, op, body)
    }

    /// Asks something under a condition on the version.
    pub fn send_if(&mut self, who: Who, session: Id, condition: Option<u64>, op: Op<'_>, body: impl ToString) -> Ticket {
        let entropy = self.entropy();
        let (ticket, body) = (Ticket(self.counter.get()), body.to_string());
        let call = |absent| {
            let actor = Actor { role: who.role, id: who.id, name: None, anonymous: who.anonymous, generation: None };
            let (session, body) = (*session.as_bytes(), body.as_bytes());
            encode(&Request::Call(Call {
                ticket: ticket.0,
                now: self.now,
                app: APP,
                session,
                actor,
                entropy,
                absent,
                condition,
                key: None,
                op,
                body,
            }))
        };
        let (request, absent) = (call(false), call(true));
        self.asked.insert(ticket, Asked { session, request: request.clone(), absent, times: 0 });
        self.run(request);
        ticket
    }

    /// The answers that a call has had since they were last taken. A frame may have several.
    pub fn take(&mut self, ticket: Ticket) -> Vec<Answer> {
        self.answers.remove(&ticket).unwrap_or_default()
    }

    /// The one answer of a call that may have had to wait.
    #[track_caller]
    pub fn answer(&mut self, ticket: Ticket) -> Answer {
        let mut answers = self.take(ticket);
        assert_eq!(answers.len(), 1, "the call has one answer: {answers:?}");
        answers.remove(0)
    }

    /// Asks something and takes the answer.
    #[track_caller]
    pub fn post(&mut self, who: Who, session: Id, op: Op<'_>, body: impl ToString) -> Answer {
        let ticket = self.send(who, session, op, body);
        self.answer(ticket)
    }

    /// Sends the module something that nobody waits for.
    pub fn ask(&mut self, request: &Request<'_>) {
        self.run(encode(request));
    }

    /// Tells the module the time.
    pub fn tick(&mut self) {
        self.ask(&Request::Tick { now: self.now, limit: 100 });
    }

    /// The store's index says that a session's deadline has come.
    pub fn due(&mut self, session: Id) {
        let request = encode(&Request::Due { now: self.now, app: APP, session: *session.as_bytes() });
        self.asked.insert(Ticket(0), Asked { session, request: request.clone(), absent: request.clone(), times: 0 });
        self.run(request);
    }

    /// Sends a request, carries out what comes of it, and goes on until nothing is left that is ready.
    fn run(&mut self, request: Vec<u8>) {
        let mut requests = VecDeque::from([request]);
        while let Some(request) = requests.pop_front() {
            let bytes = self.engine.call(&request);
            let response: Response<'_> = colloq_abi::decode(&bytes).expect("an engine answers with a response");
            self.transcript.borrow_mut().push((request, bytes.clone()));
            self.wake_at = response.wake_at;
            if let Some(why) = response.damaged {
                // Whoever asked is not answered: asking again would only load the same.
                self.damaged.push(why.into());
                requests.clear();
            }
            for reply in &response.replies {
                let (ticket, session) = self.asker(reply.ticket);
                match reply.kind {
                    ReplyKind::Answer => self.deliver(session, reply),
                    ReplyKind::Load => requests.extend(self.load(ticket)),
                    ReplyKind::Again => self.again.push(ticket),
                }
            }
            for kept in &response.snapshots {
                let session = Id::from_bytes(kept.session).expect("a session's id");
                self.log_mut(session).snapshot = Some(Kept { head: kept.head, bytes: kept.bytes.to_vec() });
            }
            for touch in &response.touches {
                let log = self.log_mut(Id::from_bytes(touch.session).expect("a session's id"));
                log.touched_ms = log.touched_ms.max(touch.active_ms);
                log.deadline_ms = touch.deadline_ms;
            }
            for append in &response.appends {
                if self.holding {
                    self.held.push_back(colloq_abi::encode(append).expect("an append encodes"));
                } else {
                    requests.push_back(self.carry_out(append));
                }
            }
            if requests.is_empty() {
                requests.extend(self.ask_again());
            }
        }
    }

    fn asker(&self, ticket: u64) -> (Ticket, Id) {
        let asked = self.asked.get(&Ticket(ticket)).expect("replies are for those who asked");
        (Ticket(ticket), asked.session)
    }

    /// Keeps an answer for whom it is for. What it speaks of is in the store.
    fn deliver(&mut self, session: Id, reply: &colloq_abi::Reply<'_>) {
        let stored = self.logs.get(&session).map_or(0, |log| log.head().version);
        assert!(reply.version <= stored, "an answer speaks of version {}, the store has {stored}", reply.version);
        let answer = Answer { status: reply.status, version: reply.version, body: reply.body.to_vec() };
        self.answers.entry(Ticket(reply.ticket)).or_default().push(answer);
    }

    /// What the store knows of the session that a call is about, and the call again.
    fn load(&mut self, ticket: Ticket) -> Vec<Vec<u8>> {
        let asked = self.asked.get_mut(&ticket).expect("it was asked");
        asked.times += 1;
        assert!(asked.times < 8, "a call is asked again and again");
        match self.logs.get(&asked.session).filter(|log| !log.entries.is_empty()) {
            Some(log) => vec![encode(&Request::Load(log.load(asked.session))), asked.request.clone()],
            None => vec![asked.absent.clone()],
        }
    }

    /// The calls that were told to ask again, unless an append of their session is held.
    fn ask_again(&mut self) -> Vec<Vec<u8>> {
        let held = |append: &Vec<u8>| colloq_abi::decode::<Append<'_>>(append).expect("it was encoded here").session;
        let held: Vec<[u8; 16]> = self.held.iter().map(held).collect();
        let is_held = |ticket: &Ticket| held.contains(self.asked[ticket].session.as_bytes());
        let (wait, ready): (Vec<_>, Vec<_>) = std::mem::take(&mut self.again).into_iter().partition(is_held);
        self.again = wait;
        ready.iter().map(|ticket| self.asked[ticket].request.clone()).collect()
    }
}

fn encode(request: &Request<'_>) -> Vec<u8> {
    colloq_abi::encode(request).expect("a request encodes")
}

/// A command of a `submit` frame.
pub fn command(client: Id, seq: u64, mut command: Value) -> Value {
    command["id"] = json!([client.to_string(), seq]);
    command
}

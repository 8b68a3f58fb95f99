//! The world of one run: machines, pages, connections and calls, and the one order in which everything happens to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use colloq_core::Id;
use colloq_host::engine::{Cut, Program};
use uuid::Uuid;

use super::call::Call;
use super::ground::{BEGIN_MS, Ground, News, short};
use super::machine::Machine;
use super::page::{ADA, BOT, HAL, OPS, Page, Person};
use super::plan::Plan;
use super::random::Random;
use super::seat::Seat;
use super::store::SimStore;
use super::tally::Count;
use super::wire::Wire;
use crate::history::{Event, Want};

/// Something that will happen at a time.
pub(crate) enum Due {
    Up { wire: u64, text: String },
    Down { wire: u64, frame: Bytes },
    PageLost { wire: u64 },
    HostLost { wire: u64 },
    Connect { page: usize },
    Wake { page: usize },
    HostUp { host: usize },
    Impatient { call: u64, tries: u32 },
    Retry { call: u64 },
}

/// A session as the world knows it.
pub(crate) struct Talk {
    pub(crate) id: String,
    pub(crate) is_open: bool,
    /// What was done to create it.
    pub(crate) created_by: u64,
}

/// A stream that somebody writes.
pub(crate) struct Stream {
    pub(crate) session: String,
    /// The page that writes it; nobody's are written by calls.
    pub(crate) page: Option<usize>,
    /// Who writes it by calls.
    pub(crate) who: Option<Person>,
    /// How many pieces were sent.
    pub(crate) sent: usize,
    /// How many bytes were acknowledged.
    pub(crate) acknowledged: usize,
    pub(crate) epoch: Option<u64>,
    pub(crate) is_open: bool,
    /// A call is under way.
    pub(crate) is_busy: bool,
    /// Somebody cut it, so it may be shorter than what was acknowledged.
    pub(crate) is_cut: bool,
}

impl Stream {
    pub(crate) fn new(session: &str, page: Option<usize>) -> Self {
        let session = session.to_owned();
        Self { session, page, who: None, sent: 0, acknowledged: 0, epoch: None, is_open: true, is_busy: false, is_cut: false }
    }
}

/// What a client wanted, until it is known what became of it.
pub(crate) struct Op {
    pub(crate) session: String,
    pub(crate) is_settled: bool,
    /// Bytes of a stream that are there once it is acknowledged.
    pub(crate) stream: Option<(String, usize)>,
}

/// See the module's documentation.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) ground: Arc<Ground>,
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    /// For latencies, so that a frame more or less does not move what is done.
    pub(crate) winds: Random,
    pub(crate) store: Arc<SimStore>,
    pub(crate) program: Arc<dyn Program>,
    pub(crate) machines: Vec<Machine>,
    pub(crate) pages: Vec<Page>,
    pub(crate) wires: BTreeMap<u64, Wire>,
    pub(crate) calls: BTreeMap<u64, Call>,
    pub(crate) due: BTreeMap<(u64, u64), Due>,
    pub(crate) talks: Vec<Talk>,
    pub(crate) streams: BTreeMap<String, Stream>,
    pub(crate) ops: BTreeMap<u64, Op>,
    pub(crate) history: Vec<Event>,
    pub(crate) wrong: Vec<String>,
    /// When the last of all frames arrives.
    pub(crate) newest: u64,
    /// Ids of commands that were sent, and those that were sent again.
    pub(crate) sent: BTreeSet<String>,
    pub(crate) sent_again: BTreeSet<String>,
    /// What commands that were taken over are to the history, by their numbers.
    pub(crate) adopted: Vec<u64>,
    pub(crate) is_calm: bool,
    next: u64,
    lives: u64,
}

impl World {
    pub(crate) fn new(seed: u64, program: Arc<dyn Program>, tail_max: usize) -> Self {
        let (ground, plan) = (Arc::new(Ground::new(tail_max)), Plan::draw(seed));
        let store = SimStore::new(Arc::clone(&ground), seed, plan.weather);
        let machines = (0..plan.hosts).map(|_| Machine::new()).collect();
        let mut world = Self {
            seed,
            ground,
            random: Random::new(seed, "deeds"),
            winds: Random::new(seed, "winds"),
            store,
            program,
            machines,
            pages: Vec::new(),
            wires: BTreeMap::new(),
            calls: BTreeMap::new(),
            due: BTreeMap::new(),
            talks: Vec::new(),
            streams: BTreeMap::new(),
            ops: BTreeMap::new(),
            history: Vec::new(),
            wrong: Vec::new(),
            newest: 0,
            sent: BTreeSet::new(),
            sent_again: BTreeSet::new(),
            adopted: Vec::new(),
            is_calm: false,
            plan,
            next: 0,
            lives: 0,
        };
        for who in [ADA, BOT, ADA, HAL, OPS].into_iter().take(world.plan.pages) {
            let client = world.mint();
            world.pages.push(Page::new(who, client));
        }
        world
    }

    /// A number that nothing else has.
    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A fresh id.
    pub(crate) fn mint(&mut self) -> Id {
        Id::mint(BEGIN_MS + self.ground.now(), self.random.bytes())
    }

    /// Plans something.
    pub(crate) fn plan_at(&mut self, at: u64, due: Due) {
        let number = self.number();
        self.due.insert((at, number), due);
    }

    /// Starts all hosts and connects all pages.
    pub(crate) async fn begin(&mut self) {
        for host in 0..self.machines.len() {
            self.start(host).await;
        }
        for page in 0..self.pages.len() {
            self.plan_at(self.ground.now() + page as u64, Due::Connect { page });
        }
    }

    pub(crate) async fn start(&mut self, host: usize) {
        if self.machines[host].up.is_some() {
            return;
        }
        self.lives += 1;
        let who = self.lives;
        self.ground.note(format_args!("host {host} starts as {who}"));
        if who > self.machines.len() as u64 {
            self.ground.count(Count::HostUp);
        }
        self.machines[host].start(&self.ground, &self.store, &self.plan, self.seed, who, &self.program).await;
    }

    /// Lets time pass, and happen what happens in it.
    pub(crate) async fn until(&mut self, at: u64) {
        loop {
            while let Some(news) = self.ground.poll_news() {
                self.hear(news);
            }
            let now = self.ground.now();
            let first = self.due.first_key_value().map(|((time, _), _)| *time);
            if first.is_some_and(|time| time <= now) {
                let Some((_, due)) = self.due.pop_first() else { continue };
                self.happen(due).await;
                continue;
            }
            if now >= at {
                return;
            }
            let wake = first.unwrap_or(at).min(at);
            let (ground, instant) = (Arc::clone(&self.ground), self.ground.instant(wake));
            tokio::select! {
                biased;
                () = ground.bell.notified() => {}
                () = tokio::time::sleep_until(instant) => {}
            }
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Down { wire, frame } => {
                let Some(line) = self.wires.get_mut(&wire) else { return };
                if frame.starts_with(b"{\"kind\":\"subscribed\"") {
                    line.subscribed_at = self.ground.now();
                } else if line.subscribed_at == self.ground.now() && frame.starts_with(b"{\"kind\":\"entries\"") {
                    self.ground.count(Count::Held);
                }
                let at = line.down.arrival(&self.ground, &self.plan, &mut self.winds, &mut self.newest);
                self.plan_at(at, Due::Down { wire, frame });
            }
            News::Cut { wire, why } => {
                self.ground.note(format_args!("wire {wire} is cut: {why:?}"));
                if why == Cut::Restart {
                    self.ground.count(Count::Relinked);
                }
                let Some(line) = self.wires.get_mut(&wire) else { return };
                line.seat = None;
                let at = line.down.arrival(&self.ground, &self.plan, &mut self.winds, &mut self.newest);
                self.plan_at(at, Due::PageLost { wire });
            }
            News::Answered { call, answer } => self.answered(call, &answer),
        }
    }

    async fn happen(&mut self, due: Due) {
        match due {
            Due::Up { wire, text } => self.arrive_up(wire, text),
            Due::Down { wire, frame } => self.arrive_down(wire, &frame),
            Due::PageLost { wire } => self.page_lost(wire),
            Due::HostLost { wire } => {
                if let Some(line) = self.wires.get_mut(&wire) {
                    line.seat = None;
                }
                self.forget_wire(wire);
            }
            Due::Connect { page } => self.connect(page),
            Due::Wake { page } => {
                self.pages[page].wake_at = None;
                self.pump(page);
            }
            Due::HostUp { host } => self.start(host).await,
            Due::Impatient { call, tries } => self.impatient(call, tries),
            Due::Retry { call } => self.retry(call),
        }
    }

    fn arrive_up(&mut self, wire: u64, text: String) {
        let Some(line) = self.wires.get_mut(&wire) else { return };
        match &line.seat {
            Some(seat) if !line.is_cut(self.ground.now()) => {
                self.ground.note(format_args!("wire {wire} up {}", short(&text)));
                if text.contains("\"diverged\":[") {
                    self.wrong.push(format!("a page's state differs from its host's: {}", short(&text)));
                }
                seat.handle(text);
            }
            _ => self.ground.count(Count::FrameLost),
        }
    }

    fn arrive_down(&mut self, wire: u64, frame: &Bytes) {
        let Some(line) = self.wires.get_mut(&wire) else { return };
        let (page, is_lost) = (line.page, line.is_cut(self.ground.now()) || !line.is_held);
        if is_lost {
            return self.ground.count(Count::FrameLost);
        }
        let text = String::from_utf8_lossy(frame);
        self.ground.note(format_args!("wire {wire} down {}", short(&text)));
        self.receive(page, &text);
    }

    /// A page tries to connect to some host.
    fn connect(&mut self, page: usize) {
        if self.pages[page].wire.is_some() {
            return;
        }
        let host = self.random.place(self.machines.len());
        let now = self.ground.now();
        let Some(up) = &self.machines[host].up else {
            self.pages[page].tries += 1;
            let again = now + self.winds.between(100, 1_000) * u64::from(self.pages[page].tries.min(5));
            return self.plan_at(again, Due::Connect { page });
        };
        let (engine, outside) = (up.engine.clone(), Arc::clone(&up.outside));
        let wire = self.number();
        self.ground.note(format_args!("page {page} connects to host {host} by wire {wire}"));
        let identity = self.pages[page].who.identity();
        let mut line = Wire::new(page, host);
        line.seat = Some(Seat::open(Arc::clone(&self.ground), engine, &outside, identity, wire));
        self.wires.insert(wire, line);
        let page = &mut self.pages[page];
        (page.wire, page.is_welcome, page.tries) = (Some(wire), false, 0);
    }

    /// A connection breaks; both ends notice at their time.
    pub(crate) fn break_wire(&mut self, wire: u64, notice_max_ms: u64) {
        let now = self.ground.now();
        let Some(line) = self.wires.get_mut(&wire) else { return };
        if line.cut_at.is_some() {
            return;
        }
        line.cut_at = Some(now + self.winds.below(50));
        let (page_at, host_at) = (now + self.winds.wait(500, notice_max_ms), now + self.winds.wait(500, notice_max_ms));
        self.plan_at(page_at, Due::PageLost { wire });
        self.plan_at(host_at, Due::HostLost { wire });
    }

    fn page_lost(&mut self, wire: u64) {
        let Some(line) = self.wires.get_mut(&wire) else { return };
        line.is_held = false;
        let page = line.page;
        if self.pages[page].wire == Some(wire) {
            self.ground.note(format_args!("page {page} lost wire {wire}"));
            let (clock, again) = (self.ground.now(), self.winds.between(50, 1_500));
            let lost = &mut self.pages[page];
            (lost.wire, lost.is_welcome) = (None, false);
            lost.uplinks.values_mut().for_each(colloq_module::Uplink::handle_lost);
            self.plan_at(clock + again, Due::Connect { page });
        }
        // The other end hears of it, in its time.
        self.plan_at(self.ground.now() + self.plan.latency_ms, Due::HostLost { wire });
    }

    fn forget_wire(&mut self, wire: u64) {
        if self.wires.get(&wire).is_some_and(|line| line.seat.is_none() && !line.is_held) {
            self.wires.remove(&wire);
        }
    }

    /// The session of an id.
    pub(crate) fn uuid(session: &str) -> Uuid {
        session.parse().expect("a session has an id")
    }

    /// Somebody wants something.
    pub(crate) fn invoke(&mut self, op: u64, session: &str, want: Want, mark: Option<String>, stream: Option<(String, usize)>) {
        self.ops.insert(op, Op { session: session.to_owned(), is_settled: false, stream });
        self.history.push(Event::Invoke { at: self.ground.now(), op, session: session.to_owned(), want, mark });
    }

    /// It is known what became of it. What was settled stays so: a page that was closed may have left behind what its host had done.
    pub(crate) fn settle(&mut self, op: u64, event: Event) {
        let Some(known) = self.ops.get_mut(&op).filter(|known| !known.is_settled) else { return };
        known.is_settled = true;
        self.ground.note(format_args!("op {op}: {}", short(&serde_json::to_string(&event).unwrap_or_default())));
        let session = known.session.clone();
        match &event {
            Event::Ok { code: None, .. } => {
                self.ground.count(Count::Acknowledged);
                if let Some((message, bytes)) = known.stream.take()
                    && let Some(stream) = self.streams.get_mut(&message)
                {
                    stream.acknowledged = stream.acknowledged.max(bytes);
                    self.ground.count(Count::Delta);
                }
            }
            Event::Ok { code: Some(code), .. } | Event::Fail { code, .. } => self.refused(op, &session, code),
            _ => {}
        }
        self.history.push(event);
        if self.talks.iter().any(|talk| talk.created_by == op && talk.is_open) {
            self.created(&session);
        }
    }

    /// What a refusal means for what is done next.
    fn refused(&mut self, op: u64, session: &str, code: &str) {
        match code {
            "sessionEnded" | "sessionNotFound" => {
                self.talks.iter_mut().filter(|talk| talk.id == session).for_each(|talk| talk.is_open = false);
                self.streams.values_mut().filter(|stream| stream.session == session).for_each(|stream| stream.is_open = false);
            }
            "producerFenced" => self.ground.count(Count::Fenced),
            "alreadyAnswering" => self.ground.count(Count::Claimed),
            _ => {}
        }
        let stream = self.ops.get_mut(&op).and_then(|known| known.stream.take());
        if let Some(stream) = stream.and_then(|(message, _)| self.streams.get_mut(&message)) {
            stream.is_open = false;
        }
    }

    /// Takes note of what hosts reported as lost.
    pub(crate) fn harvest(&mut self) {
        for machine in &mut self.machines {
            let Some(up) = &mut machine.up else { continue };
            for lost in up.engine.losses().iter().skip(up.reported) {
                up.reported += 1;
                self.ground.count(Count::Reported);
                let entries = lost.entries.iter().map(|record| String::from_utf8_lossy(&record.bytes).into_owned()).collect();
                let session = Uuid::from_bytes(lost.key.session).to_string();
                self.history.push(Event::Reported { at: self.ground.now(), session, entries });
            }
        }
    }

    /// The sessions that are open.
    pub(crate) fn open_talks(&self) -> Vec<String> {
        self.talks.iter().filter(|talk| talk.is_open).map(|talk| talk.id.clone()).collect()
    }

    /// Sessions of which the store lost something.
    pub(crate) fn shaken(&self) -> BTreeSet<String> {
        self.store.losses().iter().map(|loss| Uuid::from_bytes(loss.key.session).to_string()).collect()
    }
}

//! Two hosts on one log and four pages between them, and a network that does to their frames what numbers say.

use std::collections::VecDeque;

use colloq_core::{Actor, Command, CommandId, Id, Rename};
use colloq_tests::properties::{BEGIN_MS, Deeds, Dice, History, Step, actor, creation};

use crate::host::{Fate, Host, Post};
use crate::page::{Down, Page, Up};

/// How many pages there are: two of the session's user, one of an agent, one of an operator.
const PAGES: usize = 4;
/// How many rounds of a network without faults it takes to come to rest, at most.
const ROUNDS_MAX: usize = 400;

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Nothing, and no time passes.
    Still,
    /// Nothing, but clocks differ and time passes.
    Fair,
    /// Everything.
    Foul,
}

/// See the module's documentation.
pub(crate) struct Network {
    pub(crate) history: History,
    pub(crate) hosts: [Host; 2],
    pub(crate) pages: Vec<Page>,
    /// The clients of pages that were closed with something pending, and what they were told.
    pub(crate) closed: Vec<Page>,
    weather: Weather,
    now: u64,
    touched_at: u64,
    counter: u64,
}

impl Network {
    /// A network around a session that the first page is about to create.
    pub(crate) fn new(weather: Weather, first: Step) -> Self {
        let id = |n| Id::mint(BEGIN_MS, bytes(n));
        let history = History::new(id(0));
        let hosts = [Host::load(&history, 0), Host::load(&history, 0)];
        let pages: Vec<Page> = (0..PAGES).map(|who| Page::new(who, id(1 + who as u64), id(0))).collect();
        let mut network =
            Self { history, hosts, pages, closed: Vec::new(), weather, now: BEGIN_MS, touched_at: BEGIN_MS, counter: 1 << 20 };
        network.pages[0].act(&creation(first).to_string(), BEGIN_MS);
        (0..PAGES).for_each(|page| network.pages[page].open(page % 2));
        network
    }

    fn fresh(&mut self) -> Id {
        self.counter += 1;
        Id::mint(self.now, bytes(self.counter))
    }

    /// The clock of whoever it is: hosts and pages differ a little.
    fn clock(&self, skew: u64) -> u64 {
        self.now + if self.weather == Weather::Still { 0 } else { skew }
    }

    /// Does what a step means.
    pub(crate) fn perform(&mut self, [what, which, seed]: Step) {
        let (page, host) = (usize::from(which) % PAGES, usize::from(which / 4) % 2);
        let count = 1 + usize::from(seed % 4);
        match what % 64 {
            0..=23 => {
                self.act(page, [what / 64, which / 4, seed]);
                if seed % 2 == 1 {
                    self.pages[page].send();
                }
            }
            24..=31 => self.round(page, 4, if seed % 8 == 7 { Fate::Lost } else { Fate::Fine }),
            32..=39 => self.carry_up(page, count),
            40..=51 => self.carry_down(page, count),
            52..=55 => self.append(host, if seed % 4 == 3 { Fate::Lost } else { Fate::Fine }),
            56 if self.weather != Weather::Still => self.now += [3, 900, 61_000, 31 * 60_000][usize::from(seed % 16 / 5).min(3)],
            57..=63 if self.weather == Weather::Foul => self.go_wrong(what % 64, page, host, seed),
            _ => {
                self.round(page, 4, Fate::Fine);
                self.carry_down(page, 8);
            }
        }
    }

    /// A page sends what it has, and its host appends what it has.
    fn round(&mut self, page: usize, count: usize, fate: Fate) {
        self.pages[page].send();
        self.carry_up(page, count);
        let host = self.pages[page].link.as_ref().map(|link| link.host);
        if let Some(host) = host {
            self.append(host, fate);
        }
    }

    fn act(&mut self, page: usize, step: Step) {
        let view = self.pages[page].replica.view().clone();
        let (who, now) = (self.pages[page].who, self.clock(page as u64 * 40));
        let mut fresh = || self.fresh();
        let command = Deeds { view: &view, role: actor(who).role, fresh: &mut fresh }.command(step);
        self.pages[page].act(&command.to_string(), now);
    }

    /// The first frames of a page come to its host.
    fn carry_up(&mut self, page: usize, count: usize) {
        (0..count).for_each(|_| self.carry_one_up(page));
    }

    fn carry_one_up(&mut self, page: usize) {
        let Some(link) = &mut self.pages[page].link else { return };
        let Some(frame) = link.up.pop_front() else { return };
        let host = link.host;
        match frame {
            Up::Subscribe(since) => self.subscribe(page, host, since),
            Up::Submit { base, commands } => {
                let (now, actor) = (self.clock(11 + host as u64 * 300), self.pages[page].actor.clone());
                let posts = self.hosts[host].submit(page, &actor, base, &commands, now, self.touched_at);
                self.touched_at = self.touched_at.max(now);
                self.deliver(posts);
            }
        }
    }

    /// A host answers with what follows a head that its log had, or with everything; from then on the page hears what is confirmed.
    fn subscribe(&mut self, page: usize, host: usize, since: Option<colloq_core::Head>) {
        let version = |network: &Self| network.hosts[host].replica.confirmed().head.version;
        if since.is_some_and(|head| head.version > version(self)) && !self.hosts[host].catch_up(&self.history) {
            // It knows less than the page, and cannot look now: the page will ask again.
            self.pages[page].link = None;
            return;
        }
        let version = version(self);
        let Some(link) = &mut self.pages[page].link else { return };
        match since.filter(|head| self.history.has(*head)) {
            Some(from) => {
                link.down.push_back(Down::Entries { from, texts: self.history.copies(from.version, version) });
            }
            None if version > 0 => {
                let state = self.history.state(version as usize);
                link.down.push_back(Down::Snapshot { text: state.to_snapshot(), chain: state.head.chain });
            }
            None => {}
        }
        link.down.push_back(Down::Subscribed);
        link.is_subscribed = true;
    }

    /// The first frames for a page come to it.
    fn carry_down(&mut self, page: usize, count: usize) {
        for _ in 0..count {
            let frame = self.pages[page].link.as_mut().and_then(|link| link.down.pop_front());
            if let Some(frame) = frame {
                self.pages[page].receive(frame);
            }
        }
    }

    /// A host hands its append to the store, and tells its pages what is confirmed then.
    fn append(&mut self, host: usize, fate: Fate) {
        let now = self.clock(11 + host as u64 * 300);
        self.hosts[host].expire(now, self.touched_at);
        let (from, posts) = self.hosts[host].append(&mut self.history, fate);
        self.deliver(posts);
        self.broadcast(host, from.version);
    }

    fn broadcast(&mut self, host: usize, after: u64) {
        let upto = self.hosts[host].replica.confirmed().head.version;
        let from = self.history.state(after as usize).head;
        let texts = self.history.copies(after, upto);
        for link in self.pages.iter_mut().filter_map(|page| page.link.as_mut()) {
            if link.host == host && link.is_subscribed && !texts.is_empty() {
                link.down.push_back(Down::Entries { from, texts: texts.clone() });
            }
        }
    }

    fn deliver(&mut self, posts: Vec<Post>) {
        for (page, frame) in posts {
            self.pages[page].link.iter_mut().for_each(|link| link.down.push_back(frame.clone()));
        }
    }

    fn go_wrong(&mut self, what: u16, page: usize, host: usize, seed: u16) {
        let mut dice = Dice::new(seed);
        match what {
            57 | 58 => self.disturb(page, &mut dice),
            59 => self.append(host, Fate::Unheard),
            60 => self.pages[page].link = None,
            61 => self.pages[page].open(host),
            62 if dice.once_in(2) => self.crash(host, usize::from(seed)),
            62 => drop(self.hosts[host].catch_up(&self.history)),
            _ if dice.once_in(4) => self.crowd(host),
            _ => self.reload(page),
        }
    }

    /// A frame is lost, doubled, or overtaken.
    fn disturb(&mut self, page: usize, dice: &mut Dice) {
        let Some(link) = &mut self.pages[page].link else { return };
        let (up, kind) = (dice.next(2) == 0, dice.next(3));
        if up { disturb(&mut link.up, Up::may_move, kind, dice) } else { disturb(&mut link.down, Down::may_move, kind, dice) }
    }

    /// A host begins anew from the store; links to it are cut, and what it had not appended is gone.
    fn crash(&mut self, host: usize, cut: usize) {
        self.hosts[host] = Host::load(&self.history, cut % (self.history.len() + 1));
        self.pages.iter_mut().filter(|page| page.link.as_ref().is_some_and(|link| link.host == host)).for_each(|page| page.link = None);
    }

    /// A page is closed and opened again: it knows nothing, and is another client.
    fn reload(&mut self, page: usize) {
        let (client, session) = (self.fresh(), self.history.state(0).id);
        let who = self.pages[page].who;
        let closed = std::mem::replace(&mut self.pages[page], Page::new(who, client, session));
        self.closed.push(closed);
        self.pages[page].open(page % 2);
    }

    /// So many other clients write that the session forgets the oldest.
    fn crowd(&mut self, host: usize) {
        let now = self.clock(11 + host as u64 * 300);
        for _ in 0..33 {
            let id = CommandId(self.fresh(), 1);
            let rename = Command::from(Rename { title: None });
            self.hosts[host].submit_alone(&Actor::new(colloq_core::Role::User, "ada"), id, rename, now);
        }
    }

    /// Nothing goes wrong any more: everything is sent again until all have heard of all.
    ///
    /// # Panics
    /// If they do not come to rest.
    pub(crate) fn heal(&mut self) {
        for page in 0..PAGES {
            self.pages[page].open(page % 2);
        }
        for _ in 0..ROUNDS_MAX {
            if self.is_quiet() {
                return;
            }
            for host in 0..2 {
                self.append(host, Fate::Fine);
                let before = self.hosts[host].replica.confirmed().head.version;
                if self.hosts[host].catch_up(&self.history) {
                    self.broadcast(host, before);
                }
            }
            for page in 0..PAGES {
                if self.pages[page].link.is_none() {
                    self.pages[page].open(page % 2);
                }
                self.pages[page].send();
                self.carry_up(page, 1);
                self.carry_down(page, 1);
            }
        }
        panic!("{ROUNDS_MAX} rounds without a fault, and still they do not agree");
    }

    fn is_quiet(&self) -> bool {
        let head = self.history.head();
        let hosts = self.hosts.iter().all(|host| host.replica.pending().is_empty() && host.replica.confirmed().head == head);
        let page = |page: &Page| {
            let caught_up = page.link.as_ref().is_some_and(|link| link.up.is_empty() && link.down.is_empty() && link.is_subscribed);
            caught_up && page.replica.pending().is_empty() && page.replica.confirmed().head == head
        };
        hosts && self.pages.iter().all(page)
    }
}

fn disturb<T: Clone>(frames: &mut VecDeque<T>, may_move: fn(&T) -> bool, kind: usize, dice: &mut Dice) {
    let at = dice.next(frames.len());
    match kind {
        0 => drop(frames.remove(at)),
        1 => frames.get(at).filter(|frame| may_move(frame)).cloned().into_iter().for_each(|again| frames.insert(at + 1, again)),
        _ if frames.iter().skip(at).take(2).filter(|frame| may_move(frame)).count() == 2 => frames.swap(at, at + 1),
        _ => {}
    }
}

fn bytes(number: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}

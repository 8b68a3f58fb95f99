//! What goes between pages and hosts: frames that come to a page, what it sends, what it is told, and what is left when it is closed.

use colloq_core::Code;
use colloq_module::Event as Told;

use super::ground::short;
use super::page::{Kept, Page};
use super::tally::Count;
use super::world::{Due, World};
use crate::history::Event;

impl World {
    /// A frame comes to a page.
    pub(crate) fn receive(&mut self, page: usize, text: &str) {
        let now = self.ground.now();
        let sitting = &mut self.pages[page];
        if text.starts_with("{\"kind\":\"welcome\"") || text.contains("\"kind\":\"welcome\"") {
            sitting.is_welcome = true;
            let actor = sitting.who.actor();
            sitting.uplinks.values_mut().for_each(|uplink| uplink.handle_welcome(actor.clone()));
            return self.pump(page);
        }
        let Some(session) = session_of(text) else { return };
        let clock = sitting.clock(now);
        let Some(uplink) = sitting.uplinks.get_mut(session) else { return };
        self.ground.count_frame(text, uplink.is_live());
        uplink.handle_frame(text, clock);
        let is_snapshot = text.starts_with("{\"kind\":\"snapshot\"");
        self.told(page, session, is_snapshot);
        self.pump(page);
    }

    /// What an uplink tells its page.
    fn told(&mut self, page: usize, session: &str, is_snapshot: bool) {
        let at = self.ground.now();
        let mut relink = false;
        while let Some(event) = self.pages[page].uplinks.get_mut(session).and_then(colloq_module::Uplink::poll_event) {
            match event {
                Told::Settled { number, version, code, .. } => {
                    let op = number.checked_sub(ADOPTED).map_or(u64::from(number), |nth| self.adopted[nth as usize]);
                    self.pages[page].settled(session, op);
                    // A snapshot says that a command was decided, and not where.
                    let version = if is_snapshot { 0 } else { version };
                    self.settle(op, settled(at, op, version, code));
                }
                Told::Closed { code, .. } => self.closed(page, session, code),
                Told::Outdated => self.wrong.push(format!("page {page} is told that it is outdated")),
                Told::Relink => relink = true,
            }
        }
        if relink && let Some(wire) = self.pages[page].wire {
            self.ground.note(format_args!("page {page} makes its link anew"));
            self.break_wire(wire, 10);
        }
    }

    /// A session cannot be had: what waits there is not known.
    fn closed(&mut self, page: usize, session: &str, code: Code) {
        self.ground.note(format_args!("page {page} is closed out of {session}: {}", code.as_str()));
        let sitting = &mut self.pages[page];
        sitting.uplinks.remove(session);
        sitting.kept.remove(session);
        let at = self.ground.now();
        for (_, op) in self.pages[page].waiting.remove(session).unwrap_or_default() {
            self.settle(op, Event::Unknown { at, op });
        }
    }

    /// Sends what a page has to send, and has it woken when it has to be.
    pub(crate) fn pump(&mut self, page: usize) {
        let now = self.ground.now();
        self.pages[page].keep();
        let sitting = &mut self.pages[page];
        let clock = sitting.clock(now);
        let mut frames = Vec::new();
        if sitting.is_welcome {
            for uplink in sitting.uplinks.values_mut() {
                while let Some(frame) = uplink.poll_frame(clock) {
                    frames.push(frame);
                }
            }
        }
        let wire = sitting.wire;
        let wake = sitting.uplinks.values().filter_map(colloq_module::Uplink::wake_at).min();
        for frame in frames {
            self.send(wire, frame);
        }
        let Some(wake) = wake else { return };
        let wait = wake.saturating_sub(clock).max(1);
        if self.pages[page].wake_at.is_none_or(|at| at > now + wait) {
            self.pages[page].wake_at = Some(now + wait);
            self.plan_at(now + wait, Due::Wake { page });
        }
    }

    fn send(&mut self, wire: Option<u64>, text: String) {
        for id in text.split("\"id\":[").skip(1).filter_map(|rest| rest.split(']').next()) {
            if !self.sent.insert(id.to_owned()) {
                self.ground.count(Count::SentAgain);
                self.sent_again.insert(id.to_owned());
            }
        }
        let Some((wire, line)) = wire.and_then(|wire| Some((wire, self.wires.get_mut(&wire)?))) else { return };
        let at = line.up.arrival(&self.ground, &self.plan, &mut self.winds, &mut self.newest);
        self.plan_at(at, Due::Up { wire, text });
    }

    /// Does something at a page: at once in its view, and at its host when that hears of it. Gives whether the page lets it.
    pub(crate) fn act(
        &mut self,
        page: usize,
        session: &str,
        command: &str,
        mark: Option<String>,
        stream: Option<(String, usize)>,
        op: u64,
    ) -> Result<(), Code> {
        let now = self.ground.now();
        let sitting = &mut self.pages[page];
        let (clock, actor) = (sitting.clock(now), sitting.who.actor());
        let is_begun = sitting.uplinks.contains_key(session) || !sitting.is_welcome;
        let uplink = sitting.open(session);
        let submitted = uplink.submit(op as u32, clock, command);
        if !is_begun {
            uplink.handle_welcome(actor);
        }
        if let Err(rejection) = submitted {
            self.ground.note(format_args!("page {page} may not: {} {}", rejection.code.as_str(), short(command)));
            self.pump(page);
            return Err(rejection.code);
        }
        let client = self.pages[page].client;
        self.pages[page].waiting.entry(session.to_owned()).or_default().push((client, op));
        self.ground.note(format_args!("page {page} op {op} {}", short(command)));
        self.invoke(op, session, crate::history::Want::Write, mark, stream);
        self.pump(page);
        Ok(())
    }

    /// A page opens a session that it did not have open.
    pub(crate) fn open(&mut self, page: usize, session: &str) {
        let sitting = &mut self.pages[page];
        if sitting.uplinks.contains_key(session) {
            return;
        }
        let (actor, is_welcome) = (sitting.who.actor(), sitting.is_welcome);
        let uplink = sitting.open(session);
        if is_welcome {
            uplink.handle_welcome(actor);
        }
        self.pump(page);
    }

    /// A page is closed, and another one takes its place and over what it left behind.
    pub(crate) fn replace_page(&mut self, page: usize) {
        self.ground.count(Count::PageCrash);
        self.ground.note(format_args!("page {page} is closed"));
        if let Some(wire) = self.pages[page].wire {
            self.break_wire(wire, 30_000);
            self.wires.entry(wire).and_modify(|line| line.is_held = false);
        }
        let (client, who) = (self.mint(), self.pages[page].who);
        let old = std::mem::replace(&mut self.pages[page], Page::new(who, client));
        self.streams.values_mut().filter(|stream| stream.page == Some(page)).for_each(|stream| stream.is_open = false);
        for (session, uplink) in old.uplinks {
            let state = uplink.saved().filter(|_| self.random.permille(500));
            let kept = old.kept.get(&session).cloned().unwrap_or_default();
            self.adopt(page, &session, state.as_deref(), kept);
        }
        let again = self.ground.now() + self.winds.between(20, 5_000);
        self.plan_at(again, Due::Connect { page });
    }

    fn adopt(&mut self, page: usize, session: &str, state: Option<&str>, kept: Kept) {
        let clock = self.pages[page].clock(self.ground.now());
        let uplink = self.pages[page].open(session);
        if let Some(state) = state {
            uplink.handle_frame(state, clock);
        }
        for (client, queue, ops) in kept {
            // Its commands are numbered from one on; what they are to the history stands beside it.
            let first = ADOPTED + self.adopted.len() as u32;
            let taken = self.pages[page].open(session).adopt(&queue, first);
            if taken != Ok(ops.len() as u32) {
                self.wrong.push(format!("page {page} adopts {taken:?} of {} commands: {}", ops.len(), short(&queue)));
            }
            self.adopted.extend(&ops);
            self.pages[page].waiting.entry(session.to_owned()).or_default().extend(ops.into_iter().map(|op| (client, op)));
            self.ground.count(Count::Adopted);
        }
        self.told(page, session, true);
    }
}

/// Where the numbers of adopted commands begin.
pub(crate) const ADOPTED: u32 = 1 << 31;

/// What a page is told, as the history has it.
fn settled(at: u64, op: u64, version: u64, code: Option<Code>) -> Event {
    match code {
        None => Event::Ok { at, op, version, id: None, code: None, view: None },
        // What it sent before may have taken effect before it was forgotten.
        Some(Code::ClientForgotten) => Event::Unknown { at, op },
        Some(code) if code.consumes_nothing() => Event::Fail { at, op, code: code.as_str().to_owned() },
        Some(code) => Event::Ok { at, op, version, id: None, code: Some(code.as_str().to_owned()), view: None },
    }
}

/// The session that a frame is about. It stands near the front, behind the kind.
fn session_of(text: &str) -> Option<&str> {
    let at = text.find("\"session\":\"")? + 11;
    text.get(at..at + 36)
}

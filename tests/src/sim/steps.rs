//! What is done at each step: something that somebody does, or something that goes wrong.

use std::sync::atomic::Ordering;

use colloq_core::{Role, Status};
use serde_json::json;

use super::call::{Asked, Request};
use super::page::{ADA, BOT, HAL, OPS, Person};
use super::stream;
use super::tally::Count;
use super::world::{Due, Stream, Talk, World};

/// How many sessions are open at once.
const TALKS_MAX: usize = 3;
const HOUR_MS: i64 = 3_600_000;

impl World {
    /// One step.
    pub(crate) fn step(&mut self) {
        self.trouble();
        if self.open_talks().len() < TALKS_MAX && self.random.permille(200) {
            return self.begin_talk();
        }
        let Some(session) = self.some_talk() else { return self.begin_talk() };
        match self.random.below(100) {
            0..=27 => self.say_at_page(&session),
            28..=45 => self.go_on_streaming(),
            46..=53 => self.answer_at_page(&session),
            54..=63 => self.say_by_http(&session),
            64..=73 => self.read(&session),
            74..=78 => self.begin_stream_by_http(&session),
            79..=83 => self.meddle_with_stream(&session),
            84..=92 => self.change_at_page(&session),
            93..=97 => self.change_by_http(&session),
            98 => self.open_everywhere(&session),
            _ => self.finish(&session),
        }
    }

    fn some_talk(&mut self) -> Option<String> {
        let talks = self.open_talks();
        (!talks.is_empty()).then(|| self.random.pick(&talks).clone())
    }

    /// Something goes wrong, perhaps.
    fn trouble(&mut self) {
        let plan = self.plan.clone();
        if self.random.permille(plan.link_break) {
            let wires: Vec<u64> = self.wires.iter().filter(|(_, wire)| wire.cut_at.is_none()).map(|(wire, _)| *wire).collect();
            if !wires.is_empty() {
                let wire = *self.random.pick(&wires);
                self.ground.count(Count::LinkBroken);
                self.ground.note(format_args!("wire {wire} breaks"));
                self.break_wire(wire, 45_000);
            }
        }
        if self.random.permille(plan.partition) {
            self.partition();
        }
        if self.random.permille(plan.host_crash) {
            let host = self.random.place(self.machines.len());
            self.crash(host);
        }
        if self.random.permille(plan.page_crash) {
            let page = self.random.place(self.pages.len());
            self.replace_page(page);
        }
        if self.random.permille(plan.host_clock) {
            let (host, ahead) = (self.random.place(self.machines.len()), self.random.permille(400));
            self.ground.count(if ahead { Count::HostClockAhead } else { Count::HostClockBack });
            self.ground.note(format_args!("host {host}'s clock goes {}", if ahead { "ahead" } else { "back" }));
            self.machines[host].skew_ms.fetch_add(if ahead { HOUR_MS } else { -HOUR_MS }, Ordering::Relaxed);
        }
        if self.random.permille(plan.page_clock) {
            let page = self.random.place(self.pages.len());
            self.ground.count(Count::PageClock);
            self.pages[page].skew_ms += if self.random.permille(500) { HOUR_MS } else { -HOUR_MS };
        }
        if self.random.permille(plan.trap) {
            let (host, calls) = (self.random.place(self.machines.len()), self.random.between(1, 6) as u32);
            if let Some(up) = &self.machines[host].up {
                up.fuse.store(calls, Ordering::Relaxed);
            }
        }
        if self.random.permille(plan.go_back) {
            self.go_back();
        }
    }

    /// One direction of a connection is dead for a while; the longest of them end it.
    fn partition(&mut self) {
        let now = self.ground.now();
        let wires: Vec<u64> = self.wires.iter().filter(|(_, wire)| wire.cut_at.is_none()).map(|(wire, _)| *wire).collect();
        if wires.is_empty() {
            return;
        }
        let (wire, for_ms, is_up) = (*self.random.pick(&wires), self.random.between(1_000, 60_000), self.random.permille(500));
        self.ground.count(if is_up { Count::DeafHost } else { Count::DeafPage });
        self.ground.note(format_args!("wire {wire}: nothing goes {} for {for_ms}", if is_up { "up" } else { "down" }));
        let Some(line) = self.wires.get_mut(&wire) else { return };
        if is_up {
            line.up.hold(now + for_ms);
        } else {
            line.down.hold(now + for_ms);
        }
        if for_ms > 30_000 {
            self.break_wire(wire, 60_000);
        }
    }

    fn crash(&mut self, host: usize) {
        let Some(who) = self.machines[host].up.as_ref().map(|up| up.who) else { return };
        self.harvest();
        self.ground.count(Count::HostCrash);
        self.ground.note(format_args!("host {host} dies as {who}"));
        self.machines[host].die(&self.store);
        let wires: Vec<u64> = self.wires.iter().filter(|(_, wire)| wire.host == host).map(|(wire, _)| *wire).collect();
        for wire in wires {
            self.wires.entry(wire).and_modify(|line| line.seat = None);
            self.break_wire(wire, 20_000);
        }
        self.drop_calls(host);
        let again = self.ground.now() + self.random.wait(1_000, 60_000);
        self.plan_at(again, Due::HostUp { host });
    }

    /// The store loses the newest of what it did.
    fn go_back(&mut self) {
        let deeds = self.random.between(1, 30) as usize;
        let before = self.store.losses().len();
        self.store.go_back(deeds);
        for loss in self.store.losses().into_iter().skip(before) {
            let session = uuid::Uuid::from_bytes(loss.key.session).to_string();
            let event = crate::history::Event::Lost { at: loss.at, session, after: loss.after, entries: loss.entries, held: 0 };
            self.history.push(event);
        }
    }

    /// A session begins: at a page, which may be offline, or by a call.
    fn begin_talk(&mut self) {
        let (session, op) = (self.mint().to_string(), self.number());
        let mark = mark(op);
        self.talks.push(Talk { id: session.clone(), is_open: true, created_by: op });
        if self.random.permille(600) {
            let page = self.page_of(ADA);
            let command = json!({ "kind": "create", "title": mark });
            let _ = self.act(page, &session, &command.to_string(), Some(mark), None, op);
        } else {
            let body = json!({ "title": mark, "userId": "ada" }).to_string();
            let key = self.random.permille(500).then(|| format!("key {op}"));
            let request = Request { who: ADA, session: Self::uuid(&session), asked: Asked::Create, key, body };
            self.call(op, request, Some(mark), None);
        }
        for page in 0..self.pages.len() {
            // Mostly they hear of it once it is there: see `World::created`.
            if self.random.permille(100) {
                self.open(page, &session);
            }
        }
    }

    /// A session was created, and whoever was told of it opens it.
    pub(crate) fn created(&mut self, session: &str) {
        self.ground.count(Count::Created);
        for page in 0..self.pages.len() {
            if self.random.permille(750) {
                self.open(page, session);
            }
        }
    }

    fn page_of(&mut self, who: Person) -> usize {
        let pages: Vec<usize> = (0..self.pages.len()).filter(|page| self.pages[*page].who == who).collect();
        if pages.is_empty() { 0 } else { *self.random.pick(&pages) }
    }

    fn agent_page(&mut self) -> Option<usize> {
        let pages: Vec<usize> = (0..self.pages.len()).filter(|page| self.pages[*page].who.role == Role::Agent).collect();
        (!pages.is_empty()).then(|| *self.random.pick(&pages))
    }

    fn say_at_page(&mut self, session: &str) {
        let (page, op) = (self.page_of(ADA), self.number());
        let mark = mark(op);
        let command = json!({ "kind": "appendMessage", "message": { "id": self.mint().to_string(), "type": "user", "content": format!("{mark} hello") } });
        let _ = self.act(page, session, &command.to_string(), Some(mark), None, op);
    }

    /// An agent answers the newest message that nobody answers, as far as it sees.
    fn answer_at_page(&mut self, session: &str) {
        let Some(page) = self.agent_page() else { return self.say_at_page(session) };
        self.open(page, session);
        let view = self.pages[page].open(session).view();
        let asked = view.messages.iter().rfind(|message| message.to_draft().kind == colloq_core::MessageType::User);
        let Some(asked) = asked.map(|message| message.id()) else { return };
        let (op, message) = (self.number(), self.mint().to_string());
        let mark = mark(op);
        let command = json!({ "kind": "appendMessage", "message": {
            "id": message, "type": "assistant", "status": "streaming", "replyTo": asked.to_string(), "turn": mark,
        } });
        if self.act(page, session, &command.to_string(), Some(mark), None, op).is_ok() {
            self.streams.insert(message, Stream::new(session, Some(page)));
        }
    }

    fn begin_stream_by_http(&mut self, session: &str) {
        let (op, message) = (self.number(), self.mint().to_string());
        let (mark, who) = (mark(op), *self.random.pick(&[BOT, HAL]));
        let body = json!({ "id": message, "type": "assistant", "status": "streaming", "turn": mark }).to_string();
        let request = Request { who, session: Self::uuid(session), asked: Asked::Append, key: Some(format!("key {op}")), body };
        self.streams.insert(message.clone(), Stream { who: Some(who), is_busy: true, ..Stream::new(session, None) });
        self.call(op, request, Some(mark), Some((message, 0)));
    }

    /// The next piece of some stream that is being written, or its end.
    fn go_on_streaming(&mut self) {
        let open: Vec<String> =
            self.streams.iter().filter(|(_, stream)| stream.is_open && !stream.is_busy).map(|(message, _)| message.clone()).collect();
        if open.is_empty() {
            return;
        }
        let message = self.random.pick(&open).clone();
        let (is_last, count) = (self.random.permille(120), self.random.between(1, 12) as usize);
        let Some(stream) = self.streams.get_mut(&message) else { return };
        let (session, page, epoch, from, who) = (stream.session.clone(), stream.page, stream.epoch, stream.sent, stream.who.unwrap_or(BOT));
        let (offset, text) = stream::text(&message, from, from + count);
        let (command, asked) = if is_last {
            stream.is_open = false;
            (json!({ "kind": "completeMessage", "message": message }), Asked::Complete(message.clone()))
        } else {
            stream.sent += count;
            (json!({ "kind": "appendDelta", "message": message, "offset": offset, "text": text }), Asked::Delta(message.clone()))
        };
        let (mut command, op) = (command, self.number());
        if let Some(epoch) = epoch {
            command["epoch"] = json!(epoch);
        }
        let bytes = if is_last { offset } else { offset + text.len() };
        let Some(page) = page else {
            if let Some(stream) = self.streams.get_mut(&message) {
                stream.is_busy = true;
            }
            let fields = command.as_object_mut().expect("a command is an object");
            fields.remove("kind");
            fields.remove("message");
            let request = Request { who, session: Self::uuid(&session), asked, key: None, body: command.to_string() };
            return self.call(op, request, None, Some((message, bytes)));
        };
        if self.act(page, &session, &command.to_string(), None, Some((message.clone(), bytes)), op).is_err() {
            // Its page sees that it is over, or that it stands elsewhere.
            self.streams.entry(message).and_modify(|stream| stream.is_open = false);
        }
    }

    /// A stream is stopped, talked over, or taken over.
    fn meddle_with_stream(&mut self, session: &str) {
        let some: Vec<String> =
            self.streams.iter().filter(|(_, stream)| stream.session == session).map(|(message, _)| message.clone()).collect();
        // The newest, for most of the others have ended.
        let Some(message) = some.iter().rev().nth(self.random.place(3)).cloned() else { return };
        let op = self.number();
        let (asked, command, who) = match self.random.below(4) {
            0 => (Asked::Stop(message.clone()), json!({ "kind": "stopMessage", "message": message }), ADA),
            1 => {
                let heard = self.random.below(30);
                let command = json!({ "kind": "interruptMessage", "message": message, "heardOffset": heard });
                (Asked::Interrupt(message.clone()), command, ADA)
            }
            _ => (Asked::TakeOver(message.clone()), json!({ "kind": "takeOver", "message": message }), *self.random.pick(&[BOT, HAL])),
        };
        let Some(stream) = self.streams.get_mut(&message) else { return };
        if who == ADA {
            stream.is_cut = true;
        } else {
            stream.who = Some(who);
        }
        if who == ADA && self.random.permille(500) {
            let page = self.page_of(ADA);
            let _ = self.act(page, session, &command.to_string(), None, None, op);
            return;
        }
        let body = if let Asked::Interrupt(_) = asked { json!({ "heardOffset": command["heardOffset"] }).to_string() } else { "{}".into() };
        let request = Request { who, session: Self::uuid(session), asked, key: None, body };
        self.call(op, request, None, None);
    }

    fn say_by_http(&mut self, session: &str) {
        let op = self.number();
        let (mark, who) = (mark(op), *self.random.pick(&[ADA, BOT, OPS]));
        let r#type = if who.role == Role::Agent { "assistant" } else { "user" };
        let body = json!({ "type": r#type, "content": format!("{mark} by call") }).to_string();
        let key = self.random.permille(600).then(|| format!("key {op}"));
        let request = Request { who, session: Self::uuid(session), asked: Asked::Append, key, body };
        self.call(op, request, Some(mark), None);
    }

    fn read(&mut self, session: &str) {
        let (op, who) = (self.number(), *self.random.pick(&[ADA, BOT, OPS]));
        let request = Request { who, session: Self::uuid(session), asked: Asked::Read, key: None, body: String::new() };
        self.call(op, request, None, None);
    }

    /// Something else than a message.
    fn change_at_page(&mut self, session: &str) {
        let (page, op) = (self.random.place(self.pages.len()), self.number());
        let mark = mark(op);
        self.open(page, session);
        let view = self.pages[page].open(session).view();
        let ids: Vec<(String, bool)> =
            view.messages.iter().map(|message| (message.id().to_string(), message.status() == Status::Streaming)).collect();
        let target = (!ids.is_empty()).then(|| self.random.pick(&ids).clone());
        let command = match (self.random.below(6), target) {
            (0, _) => json!({ "kind": "rename", "title": mark }),
            (1, _) => json!({ "kind": "patchData", "patch": { format!("k{}", op % 5): mark } }),
            (2, _) => json!({ "kind": "recordIssue", "issue": { "id": format!("LIN-{}", op % 30), "title": mark, "status": "open" } }),
            // Whatever cuts or ends the message later says all of its metadata again, so no mark is in it.
            (3, Some((message, false))) => json!({ "kind": "patchMetadata", "message": message, "metadata": { "note": op } }),
            (4, Some((message, false))) if self.random.permille(300) => json!({ "kind": "removeMessage", "message": message }),
            _ => json!({ "kind": "setActiveProject", "project": { "id": "p", "name": mark, "type": "linear" } }),
        };
        let mark = command.to_string().contains(&mark).then_some(mark);
        let _ = self.act(page, session, &command.to_string(), mark, None, op);
    }

    fn change_by_http(&mut self, session: &str) {
        let op = self.number();
        let mark = mark(op);
        let key = self.random.permille(500).then(|| format!("key {op}"));
        let (asked, body) = match self.random.below(3) {
            0 => (Asked::Update, json!({ "title": mark })),
            1 => (Asked::Issue(format!("LIN-{}", op % 9)), json!({ "title": mark, "status": "open" })),
            _ if self.random.permille(200) => {
                let id = Self::uuid(&self.mint().to_string());
                (Asked::Fork(id), json!({}))
            }
            _ => (Asked::Update, json!({ "data": { "d": mark } })),
        };
        let is_fork = matches!(asked, Asked::Fork(_));
        let request = Request { who: ADA, session: Self::uuid(session), asked, key: key.filter(|_| !is_fork), body: body.to_string() };
        self.call(op, request, (!is_fork).then_some(mark), None);
    }

    fn open_everywhere(&mut self, session: &str) {
        for page in 0..self.pages.len() {
            self.open(page, session);
        }
    }

    /// A session is ended or erased.
    fn finish(&mut self, session: &str) {
        if !self.random.permille(250) {
            return;
        }
        let (op, who) = (self.number(), *self.random.pick(&[ADA, OPS]));
        let asked = if self.random.permille(500) { Asked::End } else { Asked::Erase };
        let request = Request { who, session: Self::uuid(session), asked, key: None, body: "{}".into() };
        self.call(op, request, None, None);
    }
}

/// A text that stands in nothing else.
pub(crate) fn mark(op: u64) -> String {
    format!("~{op}~")
}

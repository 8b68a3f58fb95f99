//! The end of a run: nothing goes wrong any more, everybody comes to rest, and then all have to agree.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use colloq_core::{Head, Id, Replica, Session, Upstream, session_json};
use colloq_host::engine::{CallSpec, Op};
use serde_json::Value;
use uuid::Uuid;

use super::page::OPS;
use super::stream;
use super::tally::Count;
use super::world::{Due, World};
use crate::history::Event;

/// How many times of ten seconds it takes to come to rest, at most.
const ROUNDS_MAX: usize = 120;

impl World {
    /// Lets everybody come to rest, and writes down what is left.
    pub(crate) async fn heal(&mut self) {
        self.ground.note(format_args!("calm"));
        self.calm();
        self.rest().await;
        // A host looks at what it has at hand when somebody asks for it, and mends or reports what the store lost of it.
        self.visit().await;
        self.rest().await;
        if !self.is_quiet() {
            let mut waits = Vec::new();
            for (at, page) in self.pages.iter().enumerate() {
                let waiting = page.uplinks.iter().filter(|(_, uplink)| uplink.pending() > 0 || !uplink.is_live());
                waits.extend(waiting.map(|(session, uplink)| format!("page {at} with {} in {session}", uplink.pending())));
            }
            self.wrong.push(format!("nobody comes to rest: {} calls, {}", self.calls.len(), waits.join(", ")));
        }
        self.harvest();
        self.write_logs();
        self.compare().await;
    }

    /// Waits until nothing happens any more.
    async fn rest(&mut self) {
        let mut deeds = usize::MAX;
        for _ in 0..ROUNDS_MAX {
            let now = self.ground.now();
            self.until(now + 10_000).await;
            // Whoever lags behind has looked by now, if nothing was written meanwhile.
            if self.is_quiet() && self.store.deeds() == deeds {
                return;
            }
            deeds = self.store.deeds();
        }
    }

    /// Somebody reads every session at every host, those too that were made and lost before anybody heard of it.
    async fn visit(&mut self) {
        let identity = OPS.identity();
        let mut sessions: BTreeSet<Uuid> = self.talks.iter().map(|talk| Self::uuid(&talk.id)).collect();
        sessions.extend(self.store.losses().into_iter().map(|loss| Uuid::from_bytes(loss.key.session)));
        for machine in &self.machines {
            let Some(up) = &machine.up else { continue };
            for session in &sessions {
                let spec = CallSpec::new(&identity, *session, Op::Read { messages: None }, Bytes::new());
                let _ = up.engine.call(spec).await;
            }
        }
    }

    fn calm(&mut self) {
        self.is_calm = true;
        self.store.calm();
        let plan = &mut self.plan;
        (plan.late, plan.impatience) = (0, 0);
        let now = self.ground.now();
        for (host, machine) in self.machines.iter_mut().enumerate() {
            machine.skew_ms.store(0, std::sync::atomic::Ordering::Relaxed);
            if let Some(up) = &machine.up {
                up.fuse.store(0, std::sync::atomic::Ordering::Relaxed);
            } else {
                self.due.insert((now, u64::MAX - host as u64), Due::HostUp { host });
            }
        }
        self.pages.iter_mut().for_each(|page| page.skew_ms = 0);
        // What is waited for is only longer than anybody waits.
        self.wires.values_mut().for_each(super::wire::Wire::release);
    }

    fn is_quiet(&self) -> bool {
        let is_up = self.machines.iter().all(|machine| machine.up.is_some());
        // A page that has yet to notice that its connection broke hears of nothing until then.
        let is_silent = !self.due.values().any(|due| matches!(due, Due::Up { .. } | Due::Down { .. } | Due::PageLost { .. }));
        is_up
            && is_silent
            && self.store.is_idle()
            && self.calls.is_empty()
            && self.pages.iter().all(|page| page.pending() == 0 && page.is_settled())
    }

    /// Puts the logs at the end of the history, and says of each loss who had it at hand.
    fn write_logs(&mut self) {
        let mut held = self.store.losses().into_iter().map(|loss| loss.holders.iter().take_while(|holders| !holders.is_empty()).count());
        for event in &mut self.history {
            if let Event::Lost { held: known, .. } = event {
                *known = held.next().unwrap_or(0);
            }
        }
        let logs = self.store.logs();
        let lost_whole: BTreeSet<String> = self
            .shaken()
            .into_iter()
            .filter(|session| logs.iter().all(|(key, ..)| Uuid::from_bytes(key.session).to_string() != *session))
            .collect();
        for session in lost_whole {
            self.history.push(Event::Log { session, entries: Vec::new(), erased: false });
        }
        for (key, entries, erased) in logs {
            for text in &entries {
                self.count_entry(text);
            }
            self.history.push(Event::Log { session: Uuid::from_bytes(key.session).to_string(), entries, erased });
        }
    }

    fn count_entry(&mut self, text: &str) {
        let is_systems = text.contains("\"role\":\"system\"");
        if is_systems && text.contains("\"messageFailed\"") {
            self.ground.count(Count::Silent);
        }
        if is_systems && text.contains("\"sessionEnded\"") {
            self.ground.count(Count::Expired);
        }
        let id = text.split("\"command\":[").nth(1).and_then(|rest| rest.split(']').next());
        if id.is_some_and(|id| self.sent_again.contains(id)) {
            self.ground.count(Count::Duplicate);
        }
    }

    /// Pages, hosts and the store say the same.
    async fn compare(&mut self) {
        let mut states: BTreeMap<String, Session> = BTreeMap::new();
        for event in &self.history {
            let Event::Log { session, entries, erased: false } = event else { continue };
            if entries.is_empty() {
                continue;
            }
            match replay(session, entries) {
                Ok(state) => drop(states.insert(session.clone(), state)),
                Err(why) => self.wrong.push(format!("{session}: the log does not replay: {why}")),
            }
        }
        self.compare_pages(&states);
        self.compare_streams(&states);
        for (session, state) in &states {
            for host in 0..self.machines.len() {
                self.compare_host(host, session, state).await;
            }
        }
    }

    fn compare_pages(&mut self, states: &BTreeMap<String, Session>) {
        for (at, page) in self.pages.iter_mut().enumerate() {
            for (session, uplink) in &mut page.uplinks {
                let Some(state) = states.get(session) else {
                    if uplink.confirmed().exists() && uplink.is_live() {
                        self.wrong.push(format!("page {at} shows {session}, which is gone"));
                    }
                    continue;
                };
                let confirmed = uplink.confirmed();
                if confirmed.head != state.head {
                    self.wrong.push(format!("page {at} has {session} at {:?}, and the log is at {:?}", confirmed.head, state.head));
                } else if confirmed.digest() != state.digest() || confirmed != state {
                    self.wrong.push(format!("page {at} has {session} at the log's head, and in another state"));
                }
                if session_json(uplink.view(), 0, None) != session_json(state, 0, None) && uplink.confirmed().head == state.head {
                    self.wrong.push(format!("page {at} shows {session} otherwise than it is"));
                }
            }
        }
    }

    async fn compare_host(&mut self, host: usize, session: &str, state: &Session) {
        let Some(up) = &self.machines[host].up else { return };
        let identity = OPS.identity();
        let spec = CallSpec::new(&identity, Self::uuid(session), Op::Read { messages: None }, Bytes::new());
        let engine = up.engine.clone();
        match engine.call(spec).await {
            Ok(answer) if answer.status == 200 => {
                let mut read: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let mut want: Value = serde_json::from_str(&session_json(state, 0, None)).unwrap_or_default();
                for view in [&mut read, &mut want] {
                    view.as_object_mut().map(|fields| fields.remove("lastActivity"));
                }
                // Time may have ended it meanwhile.
                if read != want && answer.version <= state.head.version {
                    self.wrong.push(format!("host {host} shows {session} at {} as {read}, and the log says {want}", answer.version));
                }
            }
            Ok(answer) if answer.status == 404 && state.retained_until().is_some() => {}
            Ok(answer) => self.wrong.push(format!("host {host} does not show {session}: {}", String::from_utf8_lossy(&answer.body))),
            Err(error) => self.wrong.push(format!("host {host} does not show {session}: {error}")),
        }
    }

    /// A stream's text is what its producers sent, and at least what was acknowledged of it.
    fn compare_streams(&mut self, states: &BTreeMap<String, Session>) {
        let shaken = self.shaken();
        for (message, stream) in &self.streams {
            let Some(state) = states.get(&stream.session) else { continue };
            let Some(said) = message.parse().ok().and_then(|id| state.message(id)).map(|message| message.to_draft()) else { continue };
            let content = said.content();
            if !stream::is_beginning(message, &content) {
                self.wrong.push(format!("{}: the stream {message} says {content:?}, which nobody sent", stream.session));
            }
            let was_kept = !stream.is_cut && !shaken.contains(&stream.session);
            if was_kept && content.len() < stream.acknowledged {
                let (has, acknowledged) = (content.len(), stream.acknowledged);
                self.wrong.push(format!("{}: the stream {message} has {has} bytes, and {acknowledged} were acknowledged", stream.session));
            }
        }
    }
}

/// The state that a log makes.
fn replay(session: &str, texts: &[String]) -> Result<Session, String> {
    let id: Id = session.parse().map_err(|_| "not an id")?;
    let mut replica = Replica::<()>::new(Upstream::Host, Session::vacant("default", id));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    replica.handle_entries(Head::ZERO, &texts).map_err(|why| why.said())?;
    Ok(replica.confirmed().clone())
}

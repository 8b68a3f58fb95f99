//! Calls by HTTP: how they are made, made again, given up, and what their answers mean.

use std::sync::Arc;

use colloq_host::engine::{Answer, EngineError};
use serde_json::Value;

use super::call::{Asked, Call, Request};
use super::ground::short;
use super::tally::Count;
use super::world::{Due, Talk, World};
use crate::history::{Event, Want};

/// How often a caller with a key tries.
const TRIES_MAX: u32 = 6;

impl World {
    /// Makes a call to some host.
    pub(crate) fn call(&mut self, op: u64, request: Request, mark: Option<String>, stream: Option<(String, usize)>) {
        let want = match request.asked {
            Asked::Read => Want::Read,
            Asked::Erase => Want::Erase,
            _ => Want::Write,
        };
        let session = match request.asked {
            Asked::Fork(id) => id,
            _ => request.session,
        };
        self.invoke(op, &session.to_string(), want, mark, stream.clone());
        let number = self.number();
        let stream = stream.map(|(message, _)| message);
        self.calls.insert(number, Call { op, request, host: 0, tries: 0, stream, task: None, was_done: false });
        self.retry(number);
    }

    /// Makes a call, or makes it again at some host.
    pub(crate) fn retry(&mut self, number: u64) {
        let host = self.random.place(self.machines.len());
        let (there, back) = (self.winds.wait(self.plan.latency_ms, 3_000), self.winds.wait(self.plan.latency_ms, 3_000));
        let impatience = match (self.is_calm, self.random.permille(self.plan.impatience)) {
            (false, true) => self.random.wait(30, 2_000),
            _ => 20_000 + self.random.below(20_000),
        };
        let now = self.ground.now();
        let Some(call) = self.calls.get_mut(&number) else { return };
        let Some(up) = &self.machines[host].up else {
            // Nobody listens there.
            let wait = self.winds.between(100, 2_000);
            return self.plan_at(now + wait, Due::Retry { call: number });
        };
        self.ground.note(format_args!(
            "call {number} op {} to host {host}: {:?} {}",
            call.op,
            call.request.asked,
            short(&call.request.body)
        ));
        call.host = host;
        call.tries += 1;
        call.was_done |= call.tries > 1 && self.store.has_mark(&call.request.session, call.op);
        call.task = Some(call.request.send(Arc::clone(&self.ground), up.engine.clone(), number, there, back));
        let tries = call.tries;
        self.plan_at(now + impatience, Due::Impatient { call: number, tries });
    }

    /// The caller does not wait any longer: what it asked for is dropped wherever it is.
    pub(crate) fn impatient(&mut self, number: u64, tries: u32) {
        let Some(call) = self.calls.get_mut(&number).filter(|call| call.tries == tries) else { return };
        if let Some(task) = call.task.take() {
            task.abort();
        }
        self.ground.note(format_args!("call {number} is given up"));
        self.ground.count(Count::Cancelled);
        self.unsettled(number);
    }

    /// A call came to nothing that is known: with a key it is made again.
    pub(crate) fn unsettled(&mut self, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        let (op, at) = (call.op, self.ground.now());
        // A delta that repeats what is there changes nothing.
        let may_again = call.request.key.is_some() || matches!(call.request.asked, Asked::Read | Asked::Delta(_));
        if may_again && (call.tries < TRIES_MAX || self.is_calm) {
            let wait = self.winds.between(50, 3_000);
            return self.plan_at(at + wait, Due::Retry { call: number });
        }
        self.end_call(number, Event::Unknown { at, op });
    }

    fn end_call(&mut self, number: u64, event: Event) {
        let Some(call) = self.calls.remove(&number) else { return };
        if let Some(stream) = call.stream.and_then(|message| self.streams.get_mut(&message)) {
            stream.is_busy = false;
            stream.is_open &= !matches!(event, Event::Unknown { .. });
        }
        self.settle(call.op, event);
    }

    pub(crate) fn answered(&mut self, number: u64, answer: &Result<Answer, EngineError>) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        if call.task.take().is_none() {
            return;
        }
        let (op, at, asked) = (call.op, self.ground.now(), call.request.asked.clone());
        let (has_key, was_done, tries) = (call.request.key.is_some(), call.was_done, call.tries);
        let (status, version, body) = match answer {
            Ok(answer) => (answer.status, answer.version, answer.body.clone()),
            Err(_) => (0, 0, bytes::Bytes::new()),
        };
        let code = match answer {
            Ok(_) if status < 400 => None,
            Ok(_) => serde_json::from_slice::<Value>(&body).ok().and_then(|body| Some(body["code"].as_str()?.to_owned())),
            Err(error) => Some(error.code().to_owned()),
        };
        self.ground.note(format_args!("call {number} op {op}: {status} {code:?} at {version}"));
        let Some(code) = code else {
            if was_done && has_key {
                self.ground.count(Count::Replayed);
            }
            self.done(op, &asked, &body);
            let view = matches!(asked, Asked::Read).then(|| serde_json::from_slice(&body).unwrap_or_default());
            let version = if matches!(asked, Asked::Erase) { 0 } else { version };
            return self.end_call(number, Event::Ok { at, op, version, id: None, code: None, view });
        };
        match code.as_str() {
            "outcomeUnknown" => {
                self.ground.count(Count::ToldUnknown);
                self.unsettled(number);
            }
            // Nobody can tell of an erasure that failed, nor of what broke.
            "internal" => self.unsettled(number),
            _ if matches!(asked, Asked::Erase) => self.unsettled(number),
            // The same request is still running, or there is no room for it now.
            "conflict" | "overloaded" | "storeUnavailable" | "rateLimited" if has_key || matches!(asked, Asked::Read) => {
                self.unsettled(number);
            }
            // It speaks of the last try. What became of one before it, at a host where the session was or was not yet, it does not say.
            _ if version == 0 && tries > 1 => self.end_call(number, Event::Unknown { at, op }),
            _ => self.end_call(number, Event::Fail { at, op, code }),
        }
    }

    /// What an answer means for what is done next.
    fn done(&mut self, op: u64, asked: &Asked, body: &[u8]) {
        match asked {
            Asked::Read => self.ground.count(Count::Read),
            Asked::Fork(id) => {
                self.talks.push(Talk { id: id.to_string(), is_open: true, created_by: op });
            }
            Asked::TakeOver(message) => {
                let said: Value = serde_json::from_slice(body).unwrap_or_default();
                if let (Some(stream), Some(epoch)) = (self.streams.get_mut(message), said["epoch"].as_u64()) {
                    let offset = said["nextOffset"].as_u64().unwrap_or(0) as usize;
                    let mut sent = 0;
                    while super::stream::text(message, 0, sent).1.len() < offset {
                        sent += 1;
                    }
                    (stream.page, stream.epoch, stream.sent, stream.is_open, stream.is_busy) = (None, Some(epoch), sent, true, false);
                    self.ground.note(format_args!("op {op}: a call took {message} over at {offset}"));
                }
            }
            _ => {}
        }
    }

    /// A host is gone, and the calls that were there hear nothing.
    pub(crate) fn drop_calls(&mut self, host: usize) {
        let there: Vec<u64> =
            self.calls.iter().filter(|(_, call)| call.host == host && call.task.is_some()).map(|(number, _)| *number).collect();
        for number in there {
            if let Some(task) = self.calls.get_mut(&number).and_then(|call| call.task.take()) {
                task.abort();
            }
            self.unsettled(number);
        }
    }
}

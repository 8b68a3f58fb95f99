//! What a host does beside calls: it tells the time, reads the store's heads, says who left, and keeps what the module gives it.

use colloq_abi::{Request, Response, Stats};
use colloq_core::Id;
use serde_json::Value;

use super::{APP, Answer, Lost, Ticket, World};
use crate::log::Kept;

impl World {
    /// Tells the module the time.
    pub fn tick(&mut self) {
        self.ask(&Request::Tick { now: self.now, limit: 100 });
    }

    /// The store's index says that a session's deadline has come.
    pub fn due(&mut self, session: Id) {
        self.ask_of(session, false, &Request::Due { now: self.now, app: APP, session: *session.as_bytes() });
    }

    /// Lets sessions leave the memory that nobody used for so long, and gives those that did.
    pub fn rest(&mut self, idle_ms: u64) -> Vec<Id> {
        self.rested.clear();
        self.ask(&Request::Rest { now: self.now, idle_ms, limit: 100 });
        self.rested.clone()
    }

    /// Tells the module what another one counted in whose place it is.
    pub fn adopt(&mut self, counters: &Value) {
        self.ask(&Request::Adopt(counters.to_string().as_bytes()));
    }

    /// The host reads the store's head of a session and tells the module, which says whether it wants more.
    pub fn read_head(&mut self, session: Id) {
        let head = self.log(session).head();
        self.ask_of(session, true, &Request::Head { app: APP, session: *session.as_bytes(), head });
    }

    /// A link is gone; gives the frame for those who are left.
    pub fn unlink(&mut self, session: Id, link: u64) -> Option<Answer> {
        self.ask_of(session, false, &Request::Unlinked { now: self.now, app: APP, session: *session.as_bytes(), link });
        self.take(Ticket::NOBODY).pop()
    }

    /// What the module counted.
    pub fn counters(&mut self) -> Value {
        self.ask(&Request::Stats);
        self.counters.take().expect("the module gives its counters")
    }

    /// What the module counted, which begins anew.
    pub fn take_counters(&mut self) -> Value {
        self.ask(&Request::Take);
        self.counters.take().expect("the module gives its counters")
    }

    /// The counters of several modules as one.
    pub fn merged(&mut self, counters: &[Value]) -> Value {
        let texts: Vec<String> = counters.iter().map(Value::to_string).collect();
        self.ask(&Request::Merge(texts.iter().map(String::as_bytes).collect()));
        self.counters.take().expect("the module adds counters up")
    }

    /// Keeps what a response has for the store and the operator.
    pub(super) fn keep(&mut self, response: &Response<'_>) {
        for kept in &response.snapshots {
            self.log_mut(id(kept.session)).snapshot = Some(Kept { head: kept.head, bytes: kept.bytes.to_vec() });
        }
        for touch in &response.touches {
            let log = self.log_mut(id(touch.session));
            log.touched_ms = log.touched_ms.max(touch.active_ms);
            log.deadline_ms = touch.deadline_ms;
            log.unanswered = touch.unanswered.map(|it| (id(it.message), it.at_ms));
        }
        for erasure in &response.erasures {
            self.bury(id(erasure.session));
        }
        self.rested.extend(response.rests.iter().map(|rested| id(rested.session)));
        for loss in &response.losses {
            let versions = loss.entries.iter().map(|entry| entry.head.version).collect();
            let texts = loss.entries.iter().map(|entry| String::from_utf8_lossy(entry.bytes).into_owned()).collect();
            self.losses.push(Lost { session: id(loss.session), versions, texts });
        }
        if let Some(stats) = &response.stats {
            self.counters = Some(serde_json::from_slice(stats.counters).expect("counters are JSON"));
        }
    }

    /// Writes a request and its answer down. How much memory an instance takes is the one thing in which engines may differ.
    pub(super) fn record(&self, request: Vec<u8>, response: &Response<'_>, bytes: &[u8]) {
        let same = response.stats.map(|stats| {
            let stats = Some(Stats { memory_bytes: 0, ..stats });
            colloq_abi::encode(&Response { stats, ..response.clone() })
        });
        self.transcript.borrow_mut().push((request, same.unwrap_or_else(|| bytes.to_vec())));
    }
}

fn id(session: [u8; 16]) -> Id {
    Id::from_bytes(session).expect("a session's id")
}

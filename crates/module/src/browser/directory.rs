//! Many sessions in one process, without a host: what a Node program has in the place of a `Map`.
//!
//! Its store is its memory: what is decided is confirmed at once. Sessions end by their idle and absolute time, and beyond its
//! capacity the least recent ends first.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use colloq_core::{
    Actor, Code, Command, Directory, End, EndReason, Expire, Id, Rejection, Request, Session, SlotId, Stamp, Tombstones, session_json,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::value;
use crate::note::Note;

/// See the module's documentation.
#[wasm_bindgen(js_name = Directory)]
pub struct BrowserDirectory {
    directory: Directory<Note>,
    tombstones: Tombstones,
}

#[wasm_bindgen(js_class = Directory)]
impl BrowserDirectory {
    /// An empty directory with room for so many sessions.
    #[wasm_bindgen(constructor)]
    pub fn new(capacity: u32) -> Self {
        let seed = super::mint().as_bytes()[8..].iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        Self { directory: Directory::new(capacity as usize, seed), tombstones: Tombstones::new(seed) }
    }

    /// Creates a session and returns the id that it was given (`id` to bring one). Returns with it the ids of those that had to leave.
    pub fn create(&mut self, actor: &str, id: Option<String>, create: &str) -> Result<Vec<String>, JsValue> {
        let id = id.unwrap_or_else(super::new_id);
        let (actor, session, request) = (value::actor(actor)?, value::id(&id)?, value::command(create)?);
        if self.directory.find("default", session).is_some() || self.tombstones.contains(session) {
            return Err(value::thrown(&Code::IdTaken.into()));
        }
        let now = super::clock();
        let at = self.directory.insert(Session::vacant("default", session), now);
        if let Err(rejection) = self.execute(at, request, Stamp::new(now, actor)) {
            self.directory.remove(at);
            return Err(value::thrown(&rejection));
        }
        let evicted = self.evict(now);
        Ok([id].into_iter().chain(evicted).collect())
    }

    /// Decides a command on a session; returns the version that it made. Throws `{code, message}`.
    pub fn submit(&mut self, actor: &str, id: &str, command: &str) -> Result<f64, JsValue> {
        let (actor, at, request) = (value::actor(actor)?, self.find(id)?, value::command(command)?);
        let now = super::clock();
        self.expire_one(at, now);
        let version = self.execute(at, request, Stamp::new(now, actor)).map_err(|rejection| value::thrown(&rejection))?;
        self.directory.touch(at, now);
        Ok(version as f64)
    }

    /// A session as JSON, or undefined where there is none; being read slides its idle time.
    pub fn session(&mut self, id: &str) -> Option<String> {
        let at = self.find(id).ok()?;
        let now = super::clock();
        self.expire_one(at, now);
        if self.directory.slot(at).replica.confirmed().is_active() {
            self.directory.touch(at, now);
        }
        let slot = self.directory.slot(at);
        Some(session_json(slot.replica.confirmed(), slot.touched_at, None))
    }

    /// Forgets a session.
    pub fn remove(&mut self, id: &str) -> bool {
        let Ok(at) = self.find(id) else { return false };
        self.erase(at, super::clock());
        true
    }

    /// Ends what is past its time, and erases what ended long ago; returns the ids of those that ended.
    pub fn expire(&mut self) -> Vec<String> {
        let now = super::clock();
        let mut ended = Vec::new();
        while self.directory.next_deadline().is_some_and(|time| time <= now) {
            let Some(at) = self.directory.poll_due(now) else { continue };
            if self.directory.slot(at).replica.confirmed().retained_until().is_some_and(|until| until <= now) {
                self.erase(at, now);
                continue;
            }
            self.expire_one(at, now);
            let session = self.directory.slot(at).replica.confirmed();
            if !session.is_active() {
                ended.push(session.id.to_string());
            }
            self.directory.reschedule(at);
        }
        ended
    }

    /// How many sessions there are.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> usize {
        self.directory.len()
    }
}

impl BrowserDirectory {
    fn find(&self, id: &str) -> Result<SlotId, JsValue> {
        let id: Option<Id> = id.parse().ok();
        id.and_then(|id| self.directory.find("default", id)).ok_or_else(|| value::thrown(&Code::SessionNotFound.into()))
    }

    /// Decides a command and confirms it at once.
    fn execute(&mut self, at: SlotId, request: Request, stamp: Stamp) -> Result<u64, Rejection> {
        let replica = &mut self.directory.slot_mut(at).replica;
        replica.submit(request.command.into(), 0, stamp, Note::default())?;
        replica.poll_append();
        replica.handle_appended();
        let version = replica.confirmed().head.version;
        self.directory.reschedule(at);
        Ok(version)
    }

    fn expire_one(&mut self, at: SlotId, now: u64) {
        let slot = self.directory.slot(at);
        let touched_at = slot.touched_at;
        let session = slot.replica.confirmed();
        if session.is_active() && session.deadline(touched_at).is_some_and(|deadline| deadline <= now) {
            self.system(at, Expire { touched_at }.into(), now);
        }
    }

    /// Ends the least recent sessions beyond the capacity and lets them go.
    fn evict(&mut self, now: u64) -> Vec<String> {
        let mut evicted = Vec::new();
        while let Some(at) = self.directory.surplus() {
            self.system(at, End { reason: Some(EndReason::Evicted) }.into(), now);
            evicted.push(self.directory.slot(at).replica.confirmed().id.to_string());
            self.erase(at, now);
        }
        evicted
    }

    /// Takes a session out; nothing brings it back.
    fn erase(&mut self, at: SlotId, now: u64) {
        if let Some(slot) = self.directory.remove(at) {
            self.tombstones.add(slot.replica.confirmed().id, now);
        }
    }

    /// What the host itself does is not refused; where it is, the session has ended already.
    fn system(&mut self, at: SlotId, command: Command, now: u64) {
        let _ = self.execute(at, command.into(), Stamp::new(now, Actor::system()));
    }
}

//! Many sessions in one process, without a host: what a Node program has in the place of a `Map`.
//!
//! Where its store is its memory, what is decided is confirmed at once. Otherwise it waits for the store, and what is shown has it
//! already. Times come in; sessions that are past theirs, and those beyond the capacity, are named and nothing more: what becomes of
//! them is decided like everything else, by a command.

mod kept;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use colloq_core::json::{Json, Object, write_list};
use colloq_core::{Actor, Code, Directory, Expire, Id, Rejection, Request, Session, SlotId, Stamp, Tombstones};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::value;
use crate::note::Note;
use crate::uplink::Shown;
use kept::Kept;

/// The tenant of every session in it.
const APP: &str = "default";

/// See the module's documentation.
#[wasm_bindgen(js_name = Directory)]
pub struct BrowserDirectory {
    directory: Directory<Note>,
    tombstones: Tombstones,
    /// What was shown of each session, by its place.
    shown: Vec<Option<Box<Shown>>>,
    /// What is decided waits for a store.
    is_stored: bool,
    /// Who acted last, and how it was written: mostly the same acts again.
    actor: (String, Actor),
}

#[wasm_bindgen(js_class = Directory)]
impl BrowserDirectory {
    /// An empty directory with room for so many sessions.
    #[wasm_bindgen(constructor)]
    pub fn new(capacity: u32, is_stored: bool) -> Self {
        let seed = super::mint().as_bytes()[8..].iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        let directory = Directory::new(capacity as usize, seed);
        Self { directory, tombstones: Tombstones::new(seed), shown: Vec::new(), is_stored, actor: (String::new(), Actor::system()) }
    }

    /// Creates a session. Throws `{code, message}`.
    pub fn create(&mut self, number: u32, now: f64, actor: &str, id: &str, create: &str) -> Result<(), JsValue> {
        let (actor, session, request) = (self.actor(actor)?, value::id(id)?, value::command(create)?);
        if self.directory.find(APP, session).is_some() || self.tombstones.contains(session) {
            return Err(value::thrown(&Code::IdTaken.into()));
        }
        let at = self.directory.insert(Session::vacant(APP, session), now as u64);
        self.execute(at, number, request, Stamp::new(now as u64, actor)).map_err(|rejection| {
            self.forget(at);
            value::thrown(&rejection)
        })
    }

    /// Decides a command on a session. Throws `{code, message}`.
    pub fn submit(&mut self, number: u32, now: f64, actor: &str, id: &str, command: &str) -> Result<(), JsValue> {
        let (actor, at, request) = (self.actor(actor)?, self.find(id)?, value::command(command)?);
        self.execute(at, number, request, Stamp::new(now as u64, actor)).map_err(|rejection| value::thrown(&rejection))
    }

    /// Somebody was active in a session: its idle time begins anew, unless something of it is due or it ended. Returns whether it did.
    pub fn touch(&mut self, now: f64, id: &str) -> bool {
        let (Ok(at), now) = (self.find(id), now as u64) else { return false };
        let slot = self.directory.slot_mut(at);
        let touched_at = slot.touched_at;
        let view = slot.replica.view();
        if !view.is_active() || view.deadline(touched_at).is_some_and(|deadline| deadline <= now) {
            return false;
        }
        self.directory.touch(at, now);
        true
    }

    /// What changed in a session since the last call, as JSON.
    pub fn changes(&mut self, id: &str) -> Option<String> {
        let at = self.find(id).ok()?;
        if self.shown.len() <= at.index() {
            self.shown.resize_with(at.index() + 1, || None);
        }
        let (confirmed, view) = self.directory.slot_mut(at).replica.states();
        if !view.exists() {
            return None;
        }
        self.shown[at.index()].get_or_insert_with(Box::default).changes(view, confirmed)
    }

    /// The next session of which something is due, if there is one.
    pub fn due(&mut self, now: f64) -> Option<String> {
        while self.directory.next_deadline().is_some_and(|time| time <= now as u64) {
            if let Some(at) = self.directory.poll_due(now as u64) {
                return Some(self.directory.slot(at).replica.confirmed().id.to_string());
            }
        }
        None
    }

    /// When something is due next, at the earliest.
    #[wasm_bindgen(getter, js_name = dueAt)]
    pub fn due_at(&self) -> Option<f64> {
        self.directory.next_deadline().map(|at| at as f64)
    }

    /// Decides what time brought about in a session. Returns whether the session is to be erased: it ended and nobody reads it any more.
    pub fn expire(&mut self, number: u32, now: f64, id: &str) -> bool {
        let (Ok(at), now) = (self.find(id), now as u64) else { return true };
        let slot = self.directory.slot_mut(at);
        let touched_at = slot.touched_at;
        let view = slot.replica.view();
        if view.retained_until().is_some_and(|until| until <= now) {
            return true;
        }
        if view.is_active() && view.deadline(touched_at).is_some_and(|deadline| deadline <= now) {
            // What the host itself does is not refused.
            let expire: colloq_core::Command = Expire { touched_at }.into();
            let _ = self.execute(at, number, expire.into(), Stamp::new(now, Actor::system()));
        }
        self.directory.reschedule(at);
        false
    }

    /// The least recent session, while there are more than there is room for.
    pub fn surplus(&self) -> Option<String> {
        self.directory.surplus().map(|at| self.directory.slot(at).replica.confirmed().id.to_string())
    }

    /// Takes a session out. With a time nothing brings it back; without one it may be loaded again.
    pub fn remove(&mut self, id: &str, now: Option<f64>) -> bool {
        let Ok(at) = self.find(id) else { return false };
        if let (Some(now), Ok(id)) = (now, value::id(id)) {
            self.tombstones.add(id, now as u64);
        }
        self.forget(at);
        true
    }

    /// How many sessions there are.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> usize {
        self.directory.len()
    }
}

/// What is kept elsewhere.
#[wasm_bindgen(js_class = Directory)]
impl BrowserDirectory {
    /// A session as it is confirmed, as JSON to be loaded again: `{chain, state}`.
    pub fn save(&self, id: &str) -> Option<String> {
        let session = self.directory.slot(self.find(id).ok()?).replica.confirmed();
        session.exists().then(|| kept::saved(session))
    }

    /// Takes in a session that was kept: `{id, chain?, state?, entries?, head?}`. Throws `{code, message}`.
    pub fn load(&mut self, kept: &str, touched_at: f64) -> Result<(), JsValue> {
        let session = Kept::read(kept).and_then(|kept| kept.session()).map_err(|why| value::refused(&why))?;
        if self.directory.find(APP, session.id).is_some() || self.tombstones.contains(session.id) {
            return Err(value::thrown(&Code::IdTaken.into()));
        }
        self.directory.insert(session, touched_at as u64);
        Ok(())
    }

    /// A state with its digest in front, where it was written by something else than a directory. Throws `{code, message}`.
    pub fn seal(state: &str) -> Result<String, JsValue> {
        kept::sealed(state).map_err(|why| value::refused(&why))
    }

    /// Where what is confirmed of a session stands, as JSON: `[version, chain]`.
    pub fn head(&self, id: &str) -> Option<String> {
        Some(self.directory.slot(self.find(id).ok()?).replica.confirmed().head.to_json())
    }

    /// When time changes a session next.
    pub fn deadline(&self, id: &str) -> Option<f64> {
        let slot = self.directory.slot(self.find(id).ok()?);
        slot.replica.confirmed().deadline(slot.touched_at).map(|at| at as f64)
    }

    /// The append that is on its way, or the next one: `{expected, entries, user, summary, ...}`.
    pub fn append(&mut self, id: &str) -> Option<String> {
        let at = self.find(id).ok()?;
        let slot = self.directory.slot_mut(at);
        if !slot.replica.is_in_flight() {
            slot.replica.poll_append();
        }
        kept::append(slot)
    }

    /// It is in the store.
    pub fn appended(&mut self, id: &str) -> Result<(), JsValue> {
        let at = self.find(id)?;
        self.directory.slot_mut(at).replica.handle_appended();
        self.directory.reschedule(at);
        Ok(())
    }

    /// Others wrote before: what the store has is taken, and what is pending decided anew on it. Returns what is refused now, as JSON:
    /// `[{number, code, message}]`. Throws what of it cannot be taken.
    pub fn conflicted(&mut self, id: &str, kept: &str) -> Result<String, JsValue> {
        let at = self.find(id)?;
        let kept = Kept::read(kept).map_err(|why| value::refused(&why))?;
        let refused = kept.resolve(&mut self.directory.slot_mut(at).replica).map_err(|why| value::refused(&why))?;
        self.directory.reschedule(at);
        let mut out = String::new();
        write_list(refused.iter(), &mut out, |(pending, rejection), out| {
            let mut object = Object::open(out);
            object.field("number", &pending.note.number()).text("code", rejection.code.as_str()).text("message", &rejection.message);
            object.close();
        });
        Ok(out)
    }

    /// Somebody was active elsewhere.
    #[wasm_bindgen(js_name = touchedElsewhere)]
    pub fn touched_elsewhere(&mut self, id: &str, touched_at: f64) -> Result<(), JsValue> {
        let at = self.find(id)?;
        let slot = self.directory.slot_mut(at);
        slot.touched_at = slot.touched_at.max(touched_at as u64);
        self.directory.reschedule(at);
        Ok(())
    }
}

impl BrowserDirectory {
    fn find(&self, id: &str) -> Result<SlotId, JsValue> {
        let id: Option<Id> = id.parse().ok();
        id.and_then(|id| self.directory.find(APP, id)).ok_or_else(|| value::thrown(&Code::SessionNotFound.into()))
    }

    fn actor(&mut self, json: &str) -> Result<Actor, JsValue> {
        if self.actor.0 != json {
            self.actor = (json.into(), value::actor(json)?);
        }
        Ok(self.actor.1.clone())
    }

    /// Decides a command; where no store is waited for it is confirmed at once.
    fn execute(&mut self, at: SlotId, number: u32, request: Request, stamp: Stamp) -> Result<(), Rejection> {
        let replica = &mut self.directory.slot_mut(at).replica;
        replica.submit(request.command.into(), 0, stamp, Note::of_page(number))?;
        if !self.is_stored {
            replica.poll_append();
            replica.handle_appended();
        }
        self.directory.reschedule(at);
        Ok(())
    }

    fn forget(&mut self, at: SlotId) {
        self.directory.remove(at);
        if let Some(shown) = self.shown.get_mut(at.index()) {
            *shown = None;
        }
    }
}

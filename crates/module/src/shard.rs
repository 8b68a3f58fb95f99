//! A shard: answers a host's requests out of a directory of sessions. Pure: bytes in, bytes out, no clock, no I/O.
//!
//! Replies that rest on entries that are not in the store yet leave with the append that carries them; the host holds them back.

mod out;
mod reads;
mod rest;
mod settle;
mod writes;

use alloc::string::String;
use alloc::vec::Vec;

use colloq_abi::{Actor as AbiActor, Call, Manifest, Op, Open, Request, Role as AbiRole};
use colloq_core::json::Json;
use colloq_core::{Actor, Code, Counters, Directory, Expire, Id, Limits, LimitsPatch, Rejection, Role, SCHEMA, Session, SlotId, Stamp};

use crate::body;
use crate::frame;
use crate::note::{Note, Ready};
use out::{Out, Stats};

/// How much memory the instance uses, for whoever knows.
pub type Memory = fn() -> u64;

/// The share of its memory, in tenths, at which a shard lets sessions go.
const FULL_TENTHS: u64 = 7;

/// See the module's documentation.
pub struct Shard {
    directory: Directory<Note>,
    limits: Limits,
    memory_bytes_max: u64,
    memory: Memory,
    /// How many confirmed entries a session keeps at hand.
    recent_max: usize,
    counters: Counters,
}

impl Shard {
    /// A shard without sessions.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn open(open: &Open<'_>, memory: Memory) -> Result<Self, String> {
        let patch: LimitsPatch = if open.limits.is_empty() {
            LimitsPatch::default()
        } else {
            crate::door::parse(open.limits).map_err(Rejection::into_message)?
        };
        Ok(Self {
            directory: Directory::new(open.sessions_max as usize, open.seed),
            limits: Limits::default().patched(&patch),
            memory_bytes_max: open.memory_bytes_max,
            memory,
            recent_max: open.recent_max as usize,
            counters: Counters::default(),
        })
    }

    /// What the module is, encoded.
    pub fn manifest(&self) -> Vec<u8> {
        let limits = self.limits.to_json();
        let manifest = Manifest { schema: SCHEMA, limits: limits.as_bytes(), codes: body::codes() };
        colloq_abi::encode(&manifest)
    }

    /// Answers a request; both are encoded.
    pub fn call(&mut self, request: &[u8], buffer: Vec<u8>) -> Vec<u8> {
        let mut out = Out::new(buffer);
        match colloq_abi::decode::<Request<'_>>(request) {
            Ok(request) => self.handle(&request, &mut out),
            Err(_) => out.damaged = Some("the request is not of this version of the envelope".into()),
        }
        self.make_room(&mut out);
        out.finish(self.directory.next_deadline())
    }

    fn handle(&mut self, request: &Request<'_>, out: &mut Out) {
        match request {
            Request::Call(call) => self.handle_call(call, out),
            Request::Load(load) => self.handle_load(load, out),
            Request::Appended { app, session } => self.handle_appended(app, session, out),
            Request::Conflicted(conflicted) => self.handle_conflicted(conflicted, out),
            Request::Dropped { app, session, code } => self.handle_dropped(app, session, code, out),
            Request::Tick { now, limit } => self.handle_tick(*now, *limit, out),
            Request::Due { now, app, session } => self.handle_due(*now, app, session, out),
            Request::Unknown { app, session } => self.handle_unknown(app, session, out),
            Request::Head { app, session, head } => self.handle_head(app, session, head, out),
            Request::Unlinked { now, app, session, link } => self.handle_unlinked(*now, app, session, *link, out),
            Request::Stats => out.stats = Some(self.stats(self.counters.to_json())),
            Request::Take => {
                let counters = core::mem::take(&mut self.counters).to_json();
                out.stats = Some(self.stats(counters));
            }
            Request::Merge(counters) => match merged(counters) {
                Ok(counters) => out.stats = Some(self.stats(counters.to_json())),
                Err(rejection) => out.damaged = Some(rejection.into_message()),
            },
            Request::Rest { now, idle_ms, limit } => self.handle_rest(*now, *idle_ms, *limit, out),
            Request::Adopt(counters) => match merged(&[counters]) {
                Ok(counters) => self.counters.merge(&counters),
                Err(rejection) => out.damaged = Some(rejection.into_message()),
            },
        }
    }

    fn stats(&self, counters: String) -> Stats {
        Stats { sessions: self.directory.len() as u64, memory_bytes: (self.memory)(), counters }
    }

    fn handle_call(&mut self, call: &Call<'_>, out: &mut Out) {
        let Some(id) = Id::from_bytes(call.session) else {
            return refuse(call, None, &Code::SessionNotFound.into(), out);
        };
        let at = match self.directory.find(call.app, id) {
            Some(at) => at,
            None if call.absent || matches!(call.op, Op::Create | Op::Restore) => match self.admit(call, id) {
                Ok(at) => at,
                Err(rejection) => return refuse(call, Some(id), &rejection, out),
            },
            None => return out.load(call.ticket),
        };
        self.directory.mark_used(at, call.now);
        if self.expire_if_due(at, call.now, out) && is_read(&call.op) {
            return out.again(call.ticket);
        }
        if self.erase_if_due(at, call.now, out) {
            // Its id stays taken, as the store will say of it from now on.
            let code = if matches!(call.op, Op::Create | Op::Restore) { Code::IdTaken } else { Code::SessionNotFound };
            return refuse(call, Some(id), &code.into(), out);
        }
        match call.op {
            Op::Submit => self.submit_frame(call, id, at, out),
            Op::Settle => self.settle_call(call, at, out),
            op if is_read(&op) => self.read(call, at, out),
            _ => self.write(call, at, out),
        }
        self.forget_vacant(at);
    }

    /// Makes a place for a session that may be about to be created.
    fn admit(&mut self, call: &Call<'_>, id: Id) -> Result<SlotId, Rejection> {
        if !matches!(call.op, Op::Create | Op::Restore | Op::Submit) {
            return Err(Code::SessionNotFound.into());
        }
        if self.is_full() {
            return Err(Code::Overloaded.into());
        }
        Ok(self.directory.insert_keeping(Session::vacant(call.app, id), call.now, self.recent_max))
    }

    /// Takes a place back that nobody filled.
    fn forget_vacant(&mut self, at: SlotId) {
        let replica = &self.directory.slot(at).replica;
        if !replica.confirmed().exists() && replica.pending().is_empty() {
            self.directory.remove(at);
        }
    }

    fn is_full(&self) -> bool {
        (self.memory)() >= self.memory_bytes_max / 10 * FULL_TENTHS
    }

    /// Ends what is past its time before anything else is decided. `true` where there was something.
    fn expire_if_due(&mut self, at: SlotId, now: u64, out: &mut Out) -> bool {
        let slot = self.directory.slot_mut(at);
        let touched_at = slot.touched_at;
        let view = slot.replica.view();
        if !view.is_active() || view.deadline(touched_at).is_none_or(|deadline| deadline > now) {
            return false;
        }
        let expire: colloq_core::Command = Expire { touched_at }.into();
        let submitted = slot.replica.submit(expire.into(), 0, Stamp::new(now, Actor::system()), Note::default());
        self.poll_append(at, out);
        submitted.is_ok()
    }

    /// Lets an ended session go for good once its time of retention is over. `true` where it went.
    fn erase_if_due(&mut self, at: SlotId, now: u64, out: &mut Out) -> bool {
        let replica = &self.directory.slot(at).replica;
        let is_over = replica.confirmed().retained_until().is_some_and(|until| until <= now) && replica.pending().is_empty();
        if is_over {
            out.erase(replica.confirmed());
            self.directory.remove(at);
        }
        is_over
    }

    /// Takes the next append of a session, with the replies that wait for it.
    fn poll_append(&mut self, at: SlotId, out: &mut Out) {
        let slot = self.directory.slot_mut(at);
        settle::rebuild_replies(slot);
        if slot.replica.poll_append().is_none() {
            return;
        }
        let mut replies = Vec::new();
        for note in slot.replica.notes_mut() {
            replies.extend(note.ready.take());
            for follower in &mut note.followers {
                follower.handed_out = true;
                replies.push(follower.ready.clone());
            }
        }
        slot.touch_saved_at = slot.touched_at;
        settle::give_append(slot, &replies, out);
    }

    fn stamp(&self, call: &Call<'_>) -> Stamp {
        let mut stamp = Stamp::new(call.now, actor(&call.actor)).with_entropy(call.entropy);
        stamp.defaults = self.limits;
        stamp
    }
}

/// The counters of several instances as one.
fn merged(counters: &[&[u8]]) -> Result<Counters, Rejection> {
    let mut sum = Counters::default();
    for counters in counters {
        sum.merge(&Counters::from_json(crate::door::text(counters)?)?);
    }
    Ok(sum)
}

fn actor(actor: &AbiActor<'_>) -> Actor {
    let role = match actor.role {
        AbiRole::User => Role::User,
        AbiRole::Agent => Role::Agent,
        AbiRole::Operator => Role::Operator,
    };
    Actor { role, id: actor.id.into(), name: actor.name.map(Into::into), anonymous: actor.anonymous, generation: actor.generation }
}

fn is_read(op: &Op<'_>) -> bool {
    matches!(
        op,
        Op::Read { .. }
            | Op::ListMessages { .. }
            | Op::ReadMessage(_)
            | Op::Subscribe { .. }
            | Op::Presence { .. }
            | Op::Fork
            | Op::Export
            | Op::Erase
            | Op::ReadPrivate(_)
            | Op::SetPrivate(_)
            | Op::RemovePrivate(_)
            | Op::CheckStream(_)
    )
}

/// Answers a call with a rejection that rests on nothing that is pending.
fn refuse(call: &Call<'_>, session: Option<Id>, rejection: &Rejection, out: &mut Out) {
    match (call.op, session) {
        (Op::Submit, Some(session)) => writes::refuse_frame(call, session, rejection, out),
        _ => out.answer(&Ready::problem(call.ticket, rejection)),
    }
}

/// A `rejected` frame as a reply.
fn rejected_frame(ticket: u64, session: Id, id: Option<colloq_core::CommandId>, rejection: &Rejection) -> Ready {
    Ready { ticket, status: rejection.code.status(), version: 0, body: frame::rejected(session, id, rejection) }
}

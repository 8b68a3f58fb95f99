//! Calls that only read. They show confirmed state.

use colloq_abi::{Call, Op};
use colloq_core::{Actor, Chain, Code, Head, Rejection, Role, Session, SlotId, may_read, session_json};

use super::out::Out;
use super::{Shard, actor};
use crate::note::Ready;
use crate::{body, door, frame};

/// The most messages of a page.
const PAGE_MAX: u32 = 200;

impl Shard {
    pub(super) fn read(&mut self, call: &Call<'_>, at: SlotId, out: &mut Out) {
        let actor = actor(&call.actor);
        let replica = &self.directory.slot(at).replica;
        if !replica.confirmed().exists() {
            // It is being created: the answer rests on an append in flight.
            return if replica.is_in_flight() { out.again(call.ticket) } else { out.answer(not_found(call)) };
        }
        if !may_read(replica.confirmed(), &actor) {
            return out.answer(not_found(call));
        }
        if actor.role == Role::User && !matches!(call.op, Op::Erase) {
            self.slide(at, call.now, out);
        }
        let slot = self.directory.slot(at);
        let ready = answer(call, slot.replica.confirmed(), slot.touched_at, &actor)
            .unwrap_or_else(|rejection| Ready::problem(call.ticket, &rejection));
        out.answer(ready);
    }

    /// A user was active: the idle clock begins anew. A store is told of it now and then.
    pub(super) fn slide(&mut self, at: SlotId, now: u64, out: &mut Out) {
        self.directory.touch(at, now);
        let slot = self.directory.slot_mut(at);
        let often = slot.replica.confirmed().limits.idle_ms.map_or(u64::MAX, |idle| idle / 16);
        if slot.replica.confirmed().is_active() && slot.touched_at - slot.touch_saved_at >= often {
            slot.touch_saved_at = slot.touched_at;
            out.touch(slot);
        }
    }
}

fn not_found(call: &Call<'_>) -> Ready {
    Ready::problem(call.ticket, &Code::SessionNotFound.into())
}

fn answer(call: &Call<'_>, session: &Session, touched_at: u64, actor: &Actor) -> Result<Ready, Rejection> {
    let version = session.head.version;
    let ready = |status, body| Ok(Ready { ticket: call.ticket, status, version, body });
    match call.op {
        Op::Read { .. } if call.condition == Some(version) => ready(304, alloc::vec::Vec::new()),
        Op::Read { messages } => ready(200, session_json(session, touched_at, messages.map(|count| count as usize)).into_bytes()),
        Op::ListMessages { before, limit } => {
            let before = before.map(|id| id.parse().map_err(|_| Rejection::invalid("/cursor", "unknown"))).transpose()?;
            ready(200, body::messages(session, before, limit.clamp(1, PAGE_MAX) as usize)?)
        }
        Op::ReadMessage(id) => {
            let message = session.message(door::message_id(id)?).ok_or(Code::MessageNotFound)?;
            ready(200, message.json().into_owned().into_bytes())
        }
        Op::Erase if actor.role == Role::Agent => Err(Code::Forbidden.into()),
        Op::Erase if call.condition.is_some_and(|wanted| wanted != version) => Err(Code::VersionMismatch.into()),
        Op::Erase => ready(204, alloc::vec::Vec::new()),
        Op::Subscribe { since } => {
            let since = since.map(|head| Head { version: head.version, chain: Chain(head.chain) });
            match since {
                Some(head) if head == session.head => ready(204, alloc::vec::Vec::new()),
                Some(head) if head.version < version => ready(206, alloc::vec::Vec::new()),
                since => ready(200, frame::snapshot(session, since.is_some()).into_bytes()),
            }
        }
        _ => Err(Code::Internal.into()),
    }
}

//! Calls that only read. They show confirmed state.

use alloc::vec::Vec;

use colloq_abi::{Call, Op};
use colloq_core::json::Json;
use colloq_core::{Actor, Chain, Code, Free, Head, PresenceState, Rejection, Role, Session, SlotId, check_access, session_json};

use super::out::Out;
use super::{Shard, actor};
use crate::note::Ready;
use crate::{body, door, frame};

/// The most messages of a page.
const PAGE_MAX: u32 = 200;

/// The longest key of a private value, and the most bytes of one.
const PRIVATE_KEY_MAX: usize = 64;
const PRIVATE_BYTES_MAX: usize = 16 * 1024;

impl Shard {
    pub(super) fn read(&mut self, call: &Call<'_>, at: SlotId, out: &mut Out) {
        let actor = actor(&call.actor);
        let replica = &self.directory.slot(at).replica;
        if !replica.confirmed().exists() {
            // It is being created: the answer rests on an append in flight.
            return if replica.is_in_flight() { out.again(call.ticket) } else { out.answer(not_found(call)) };
        }
        if let Err(rejection) = check_access(replica.confirmed(), &actor, kind_of(&call.op)) {
            return out.answer(Ready::problem(call.ticket, &rejection));
        }
        if let Op::Presence { link } = call.op {
            return self.present(call, at, link, &actor, out);
        }
        if actor.role == Role::User && !matches!(call.op, Op::Erase) {
            self.slide(at, call.now, out);
        }
        let slot = self.directory.slot(at);
        let ready =
            answer(call, slot.replica.confirmed(), slot.touched_at).unwrap_or_else(|rejection| Ready::problem(call.ticket, &rejection));
        out.answer(ready);
    }

    /// Somebody is present by a link. Presence is neither logged nor activity: an open tab is not a talk.
    fn present(&mut self, call: &Call<'_>, at: SlotId, link: u64, actor: &Actor, out: &mut Out) {
        let slot = self.directory.slot_mut(at);
        let set = door::parse::<PresenceState>(call.body).and_then(|state| slot.presence.set(link, actor, state, call.now));
        let session = slot.replica.confirmed();
        out.answer(match set {
            Ok(()) => Ready {
                ticket: call.ticket,
                status: 200,
                version: session.head.version,
                body: frame::presence(session.id, &slot.presence, call.now),
            },
            Err(rejection) => Ready::problem(call.ticket, &rejection),
        });
    }

    /// A user was active: the idle clock begins anew. A store is told of it now and then.
    pub(super) fn slide(&mut self, at: SlotId, now: u64, out: &mut Out) {
        self.directory.touch(at, now);
        let slot = self.directory.slot_mut(at);
        let often = slot.replica.confirmed().limits.idle_ms.0.map_or(u64::MAX, |idle| idle / 16);
        if slot.replica.confirmed().is_active() && slot.touched_at - slot.touch_saved_at >= often {
            slot.touch_saved_at = slot.touched_at;
            out.touch(slot);
        }
    }
}

/// The operation as the matrix of rights names it.
fn kind_of(op: &Op<'_>) -> &'static str {
    match op {
        Op::Fork => "fork",
        Op::Export => "export",
        Op::Erase => "erase",
        Op::Presence { .. } => "presence",
        Op::ReadPrivate(_) | Op::SetPrivate(_) | Op::RemovePrivate(_) => "private",
        _ => "read",
    }
}

/// A private value's key: 1 to 64 letters, digits, dots, hyphens and underscores.
fn private_key(key: &str) -> Result<(), Rejection> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_key = (1..=PRIVATE_KEY_MAX).contains(&key.len()) && key.bytes().all(is_plain);
    if is_key { Ok(()) } else { Err(Rejection::invalid("/key", "key")) }
}

/// A private value in its one form.
fn private_value(body: &[u8]) -> Result<Vec<u8>, Rejection> {
    let value: Free = door::parse(body)?;
    if value.as_str().len() > PRIVATE_BYTES_MAX {
        return Err(Rejection::new(Code::TooLarge, "a private value takes at most 16 KiB"));
    }
    Ok(value.as_str().into())
}

fn not_found(call: &Call<'_>) -> Ready {
    Ready::problem(call.ticket, &Code::SessionNotFound.into())
}

fn answer(call: &Call<'_>, session: &Session, touched_at: u64) -> Result<Ready, Rejection> {
    let version = session.head.version;
    let ready = |status, body| Ok(Ready { ticket: call.ticket, status, version, body });
    match call.op {
        Op::Read { .. } if call.condition == Some(version) => ready(304, Vec::new()),
        Op::Read { messages } => ready(200, session_json(session, touched_at, messages.map(|count| count as usize)).into_bytes()),
        Op::ListMessages { before, limit } => {
            let before = before.map(|id| id.parse().map_err(|_| Rejection::invalid("/cursor", "unknown"))).transpose()?;
            ready(200, body::messages(session, before, limit.clamp(1, PAGE_MAX) as usize)?)
        }
        Op::ReadMessage(id) => {
            let message = session.message(door::message_id(id)?).ok_or(Code::MessageNotFound)?;
            ready(200, message.json().into_owned().into_bytes())
        }
        Op::Erase if call.condition.is_some_and(|wanted| wanted != version) => Err(Code::VersionMismatch.into()),
        Op::Erase => ready(204, Vec::new()),
        Op::Fork => ready(200, session.fork(door::fork_through(call.body)?)?.to_json().into_bytes()),
        Op::Export => ready(200, frame::line(session)),
        Op::ReadPrivate(key) | Op::RemovePrivate(key) => private_key(key).and_then(|()| ready(204, Vec::new())),
        Op::SetPrivate(key) => private_key(key).and_then(|()| ready(200, private_value(call.body)?)),
        Op::Subscribe { since } => {
            let since = since.map(|head| Head { version: head.version, chain: Chain(head.chain) });
            match since {
                Some(head) if head == session.head => ready(204, Vec::new()),
                Some(head) if head.version < version => ready(206, Vec::new()),
                since => ready(200, frame::snapshot(session, since.is_some()).into_bytes()),
            }
        }
        _ => Err(Code::Internal.into()),
    }
}

//! Calls that only read. They show confirmed state.

use alloc::string::String;

use colloq_abi::{Call, Op};
use colloq_core::json::Json;
use colloq_core::{Actor, Chain, Code, Free, Head, PresenceState, Rejection, Role, Session, SlotId, Stamp, check_access, write_session};

#[cfg(feature = "planted")]
use colloq_core::planted::{Planted, is_planted};

use super::out::Out;
use super::{Shard, actor};
use crate::note::Ready;
use crate::{body, door, frame, lines};

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
            return if replica.is_in_flight() { out.again(call.ticket) } else { out.answer(&not_found(call)) };
        }
        if let Err(rejection) = check_access(replica.confirmed(), &actor, kind_of(&call.op)) {
            return out.answer(&Ready::problem(call.ticket, &rejection));
        }
        if let Op::Presence { link } = call.op {
            return self.present(call, at, link, &actor, out);
        }
        if actor.role == Role::User && !matches!(call.op, Op::Erase) {
            self.slide(at, call.now, out);
        }
        let slot = self.directory.slot(at);
        let session = slot.replica.confirmed();
        out.answer_with(call.ticket, session.head.version, |text| write_body(call, session, slot.touched_at, text));
    }

    /// Somebody is present by a link. Presence is neither logged nor activity: an open tab is not a talk.
    fn present(&mut self, call: &Call<'_>, at: SlotId, link: u64, actor: &Actor, out: &mut Out) {
        let slot = self.directory.slot_mut(at);
        let set = door::parse::<PresenceState>(call.body).and_then(|state| slot.presence.set(link, actor, state, call.now));
        out.answer(&match set {
            Ok(()) => frame::presence(call.ticket, slot, call.now),
            Err(rejection) => Ready::problem(call.ticket, &rejection),
        });
    }

    /// A user was active: the idle clock begins anew. A store is told of it now and then.
    pub(super) fn slide(&mut self, at: SlotId, now: u64, out: &mut Out) {
        let slot = self.directory.slot(at);
        // What has ended is looked at without activity.
        let active_at = if slot.replica.confirmed().is_active() { now } else { slot.touched_at };
        self.directory.touch(at, active_at);
        let slot = self.directory.slot_mut(at);
        let often = slot.replica.confirmed().limits.idle_ms.0.map_or(u64::MAX, |idle| idle / 16);
        // What is pending tells the store with its append.
        if slot.replica.pending().is_empty() && slot.replica.confirmed().is_active() && slot.touched_at - slot.touch_saved_at >= often {
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
fn check_private_key(key: &str) -> Result<(), Rejection> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_key = (1..=PRIVATE_KEY_MAX).contains(&key.len()) && key.bytes().all(is_plain);
    if is_key { Ok(()) } else { Err(Rejection::invalid("/key", "key")) }
}

/// A private value in its one form.
fn private_value(body: &[u8]) -> Result<Free, Rejection> {
    let value: Free = door::parse(body)?;
    if value.as_str().len() > PRIVATE_BYTES_MAX {
        return Err(Rejection::new(Code::TooLarge, "a private value takes at most 16 KiB"));
    }
    Ok(value)
}

fn not_found(call: &Call<'_>) -> Ready {
    Ready::problem(call.ticket, &Code::SessionNotFound.into())
}

/// Writes what somebody reads; gives the status.
fn write_body(call: &Call<'_>, session: &Session, touched_at: u64, out: &mut String) -> Result<u16, Rejection> {
    let version = session.head.version;
    match call.op {
        Op::Read { .. } if call.condition == Some(version) => return Ok(304),
        Op::Read { messages } => write_session(session, touched_at, messages.map(|count| count as usize), out),
        Op::ListMessages { before, limit } => {
            let before = before.map(|id| id.parse().map_err(|_| Rejection::invalid("/cursor", "unknown"))).transpose()?;
            body::write_page(session, before, limit.clamp(1, PAGE_MAX) as usize, out)?;
        }
        Op::ReadMessage(id) => {
            let message = session.message(door::message_id(id)?).ok_or(Code::MessageNotFound)?;
            out.push_str(&message.json());
        }
        Op::Erase if call.condition.is_some_and(|wanted| wanted != version) => return Err(Code::VersionMismatch.into()),
        Op::Erase => {
            session.user_id.write(out);
            return Ok(204);
        }
        Op::Fork => session.fork(door::fork_through(call.body)?)?.write(out),
        Op::Export => frame::write_line(session, out),
        Op::ReadPrivate(key) | Op::RemovePrivate(key) => return check_private_key(key).map(|()| 204),
        Op::SetPrivate(key) => {
            check_private_key(key)?;
            if !session.is_active() {
                return Err(Code::SessionEnded.into());
            }
            out.push_str(private_value(call.body)?.as_str());
        }
        Op::CheckStream(id) => {
            lines::check(session, door::message_id(id)?, call.body, &Stamp::new(call.now, actor(&call.actor)))?;
            return Ok(204);
        }
        Op::Subscribe { since } => {
            let since = since.map(|head| Head { version: head.version, chain: Chain(head.chain) });
            match since {
                Some(head) if head == session.head => return Ok(204),
                #[cfg(feature = "planted")]
                Some(head) if head.version == version && is_planted(Planted::IgnoresChain) => return Ok(204),
                Some(head) if head.version < version => return Ok(206),
                since => frame::write_snapshot(session, since.is_some(), out),
            }
        }
        _ => return Err(Code::Internal.into()),
    }
    Ok(200)
}

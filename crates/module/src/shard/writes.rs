//! Calls that write: one command by HTTP, or a `submit` frame of a link.

use alloc::vec::Vec;

use colloq_abi::{Call, Op};
use colloq_core::json::{Json, Reader};
use colloq_core::{Code, Command, CommandId, Id, Once, Rejection, Request, Role, SlotId, Stamp, Submitted, Used, check_access};

use super::out::Out;
use super::{Shard, actor, rejected_frame};
use crate::frame::Submit;
use crate::note::{Follower, Note, Origin, Ready, Shape};
use crate::{body, door, lines};

/// The most commands that one frame may hold.
const COMMANDS_MAX: usize = 256;

impl Shard {
    /// One command by HTTP.
    pub(super) fn write(&mut self, call: &Call<'_>, at: SlotId, out: &mut Out) {
        let stamp = self.stamp(call);
        if let Err(rejection) = self.decide_http(call, at, &stamp, out) {
            self.answer_after(at, Ready::problem(call.ticket, &rejection), false, out);
        }
        self.poll_append(at, out);
    }

    fn decide_http(&mut self, call: &Call<'_>, at: SlotId, stamp: &Stamp, out: &mut Out) -> Result<(), Rejection> {
        let slot = self.directory.slot_mut(at);
        // What somebody may not see is not there, whatever is wrong with their request.
        let view = slot.replica.view();
        if view.exists() && !matches!(call.op, Op::Create | Op::Restore) {
            check_access(view, &stamp.actor, "read")?;
        }
        let once = once(call, stamp);
        // What was done once is not done again: the condition held when it was.
        let is_known = once.is_some_and(|id| view.knows(&id, stamp.now));
        if !is_known && call.condition.is_some_and(|version| version != view.head.version) {
            return Err(Code::VersionMismatch.into());
        }
        if let Op::StreamLines(message) = call.op {
            return self.stream_lines(call, at, door::message_id(message)?, stamp, out);
        }
        let meant = door::read(&call.op, call.body, stamp)?.ok_or(Code::Internal)?;
        self.submit(at, call, meant.command, stamp, (call.ticket, meant.shape, meant.status), out)
    }

    /// Lines of a stream: all that are well-formed take effect; the reply speaks of the last.
    fn stream_lines(&mut self, call: &Call<'_>, at: SlotId, message: Id, stamp: &Stamp, out: &mut Out) -> Result<(), Rejection> {
        let view = self.directory.slot_mut(at).replica.view();
        view.message(message).ok_or(Code::MessageNotFound)?;
        let (mut commands, malformed) = lines::read(view, message, call.body);
        let last = commands.pop();
        for command in commands {
            self.submit_quietly(at, command, stamp)?;
        }
        match (last, malformed) {
            (Some(command), Some(rejection)) => self.submit_quietly(at, command, stamp).and(Err(rejection)),
            (None, Some(rejection)) => Err(rejection),
            (Some(command), None) => self.submit(at, call, command, stamp, (call.ticket, Shape::Message(message), 200), out),
            (None, None) => Err(Rejection::new(Code::Malformed, "there is no line")),
        }
    }

    fn submit_quietly(&mut self, at: SlotId, command: Command, stamp: &Stamp) -> Result<(), Rejection> {
        let slot = self.directory.slot_mut(at);
        slot.replica.submit(command.into(), 0, stamp.clone(), Note::default()).map(drop)
    }

    fn submit(
        &mut self,
        at: SlotId,
        call: &Call<'_>,
        command: Command,
        stamp: &Stamp,
        origin: Origin,
        out: &mut Out,
    ) -> Result<(), Rejection> {
        let once = once(call, stamp);
        let (ticket, shape, status) = origin.clone();
        let note = Note { origin: Some(origin), ..Note::default() };
        let slot = self.directory.slot_mut(at);
        match slot.replica.submit(Request { id: None, once, command }, 0, stamp.clone(), note)? {
            Submitted::Recorded(Used { rejected: Some(code), .. }) => return Err(code.into()),
            Submitted::Recorded(used) => {
                // What became of it the first time, as it is now.
                let body = body::again(shape, used.message, used.version, slot.replica.confirmed(), slot.touched_at);
                self.answer_after(at, Ready { ticket, status, version: used.version, body }, false, out);
            }
            Submitted::Pending(..) | Submitted::Duplicate(_) => {
                self.directory.touch(at, call.now);
                super::settle::make_reply(self.directory.slot_mut(at));
            }
        }
        Ok(())
    }

    /// The commands of a `submit` frame, each on its own, in their order.
    pub(super) fn submit_frame(&mut self, call: &Call<'_>, session: Id, at: SlotId, out: &mut Out) {
        let Ok(frame) = Submit::read(call.body) else {
            return out.answer(&rejected_frame(call.ticket, session, None, &Code::Malformed.into()));
        };
        let mut stamp = self.stamp(call);
        let entropy = stamp.entropy;
        for (nth, raw) in frame.commands.iter().take(COMMANDS_MAX).enumerate() {
            stamp.entropy = entropy.map(|entropy| entropy.of_command(nth as u16));
            let (id, result) = match Request::from_json(raw) {
                Ok(request) => (request.id, self.submit_one(call, at, request, frame.base, &stamp)),
                Err(rejection) => (id_of(raw), Err(rejection)),
            };
            if let Err(rejection) = result {
                self.answer_after(at, rejected_frame(call.ticket, session, id, &rejection), true, out);
            }
        }
        if frame.commands.len() > COMMANDS_MAX {
            out.answer(&rejected_frame(call.ticket, session, None, &Rejection::new(Code::Malformed, "a frame holds at most 256 commands")));
        }
        self.poll_append(at, out);
    }

    fn submit_one(&mut self, call: &Call<'_>, at: SlotId, request: Request, base: u64, stamp: &Stamp) -> Result<(), Rejection> {
        if request.id.is_none() {
            return Err(Rejection::new(Code::Malformed, "a submitted command has an id: [client, seq]"));
        }
        let stamp = stamp.clone();
        let note = Note { origin: Some((call.ticket, Shape::Frame, 0)), ..Note::default() };
        let slot = self.directory.slot_mut(at);
        // Before its id is looked up: what the table of clients says would tell that there is a session.
        let view = slot.replica.view();
        if !request.command.begins() {
            check_access(view, &stamp.actor, "read")?;
        }
        match slot.replica.submit(request, base, stamp, note)? {
            Submitted::Pending(..) => {
                if actor(&call.actor).role != Role::System {
                    self.directory.touch(at, call.now);
                }
                super::settle::make_reply(self.directory.slot_mut(at));
                Ok(())
            }
            Submitted::Duplicate(None) | Submitted::Recorded(_) => Ok(()),
            Submitted::Duplicate(Some(code)) => Err(code.into()),
        }
    }

    /// An answer for somebody who only waits for what is pending now.
    pub(super) fn settle_call(&mut self, call: &Call<'_>, at: SlotId, out: &mut Out) {
        self.answer_after(at, Ready { ticket: call.ticket, status: 204, version: 0, body: Vec::new() }, false, out);
    }

    /// An answer without an entry leaves once what it was decided on is in the store.
    fn answer_after(&mut self, at: SlotId, ready: Ready, is_frame: bool, out: &mut Out) {
        match self.directory.slot_mut(at).replica.last_note_mut() {
            Some(note) => note.followers.push(Follower { ready, is_frame, handed_out: false }),
            None => out.answer(&ready),
        }
    }
}

/// The one-shot id of a call with an `Idempotency-Key`. A takeover has none: it is never answered from memory, for the epoch that it was
/// given may be another run's by now, and it does no harm twice.
fn once(call: &Call<'_>, stamp: &Stamp) -> Option<Once> {
    let key = call.key.filter(|_| !matches!(call.op, Op::TakeOver(_)));
    key.map(|key| Once::new(&stamp.actor, key, &[&colloq_abi::encode(&call.op), call.body]))
}

/// The id of a command that cannot be read otherwise.
fn id_of(json: &str) -> Option<CommandId> {
    CommandId::read(&mut Reader::new(json).member("id")?).ok()
}

/// Rejects every command of a frame for a session that cannot be written.
pub(super) fn refuse_frame(call: &Call<'_>, session: Id, rejection: &Rejection, out: &mut Out) {
    let commands = Submit::read(call.body).unwrap_or_default().commands;
    if commands.is_empty() {
        return out.answer(&rejected_frame(call.ticket, session, None, rejection));
    }
    for raw in commands.iter().take(COMMANDS_MAX) {
        out.answer(&rejected_frame(call.ticket, session, id_of(raw), rejection));
    }
}

//! Calls that write: one command by HTTP, or a `submit` frame of a link.

use alloc::boxed::Box;

use colloq_abi::{Call, Op};
use colloq_core::{Code, Command, CommandId, Id, Rejection, Request, Role, SlotId, Stamp, Submitted};

use super::out::Out;
use super::{Shard, actor, rejected_frame};
use crate::frame::Submit;
use crate::note::{Follower, Note, Ready, Shape};
use crate::{door, lines};

/// The most commands that one frame may hold.
const COMMANDS_MAX: usize = 256;

impl Shard {
    /// One command by HTTP.
    pub(super) fn write(&mut self, call: &Call<'_>, at: SlotId, out: &mut Out) {
        let stamp = self.stamp(call);
        if let Err(rejection) = self.decide_http(call, at, &stamp) {
            self.answer_after(at, Ready::problem(call.ticket, &rejection), false, out);
        }
        self.poll_append(at, out);
    }

    fn decide_http(&mut self, call: &Call<'_>, at: SlotId, stamp: &Stamp) -> Result<(), Rejection> {
        let slot = self.directory.slot_mut(at);
        // What somebody may not see is not there, whatever is wrong with their request.
        let view = slot.replica.view();
        if view.exists() && !matches!(call.op, Op::Create) && !colloq_core::may_read(view, &stamp.actor) {
            return Err(Code::SessionNotFound.into());
        }
        if call.condition.is_some_and(|version| version != view.head.version) {
            return Err(Code::VersionMismatch.into());
        }
        if let Op::StreamLines(message) = call.op {
            return self.stream_lines(call, at, door::message_id(message)?, stamp);
        }
        let meant = door::read(&call.op, call.body, stamp)?.ok_or(Code::Internal)?;
        self.submit(at, call, meant.command, stamp, (call.ticket, meant.shape, meant.status))
    }

    /// Lines of a stream: all that are well-formed take effect; the reply speaks of the last.
    fn stream_lines(&mut self, call: &Call<'_>, at: SlotId, message: Id, stamp: &Stamp) -> Result<(), Rejection> {
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
            (Some(command), None) => self.submit(at, call, command, stamp, (call.ticket, Shape::Message(message), 200)),
            (None, None) => Err(Rejection::new(Code::Malformed, "there is no line")),
        }
    }

    fn submit_quietly(&mut self, at: SlotId, command: Command, stamp: &Stamp) -> Result<(), Rejection> {
        let slot = self.directory.slot_mut(at);
        slot.replica.submit(Request { id: None, command }, 0, stripped(stamp, false), Note::default()).map(|_| ())
    }

    fn submit(&mut self, at: SlotId, call: &Call<'_>, command: Command, stamp: &Stamp, origin: (u64, Shape, u16)) -> Result<(), Rejection> {
        let slot = self.directory.slot_mut(at);
        let stamp = stripped(stamp, command.needs_entropy());
        slot.replica.submit(Request { id: None, command }, 0, stamp, Note { origin: Some(origin), ..Note::default() })?;
        self.directory.touch(at, call.now);
        super::settle::make_reply(self.directory.slot_mut(at));
        Ok(())
    }

    /// The commands of a `submit` frame, each on its own, in their order.
    pub(super) fn submit_frame(&mut self, call: &Call<'_>, session: Id, at: SlotId, out: &mut Out) {
        let frame: Submit<'_> = match door::parse(call.body) {
            Ok(frame) => frame,
            Err(_) => return out.answer(rejected_frame(call.ticket, session, None, &Code::Malformed.into())),
        };
        let stamp = self.stamp(call);
        for raw in frame.commands.iter().take(COMMANDS_MAX) {
            let (id, result) = match Request::from_json(raw.get()) {
                Ok(request) => (request.id, self.submit_one(call, at, request, frame.base, &stamp)),
                Err(rejection) => (id_of(raw.get()), Err(rejection)),
            };
            if let Err(rejection) = result {
                self.answer_after(at, rejected_frame(call.ticket, session, id, &rejection), true, out);
            }
        }
        if frame.commands.len() > COMMANDS_MAX {
            out.answer(rejected_frame(call.ticket, session, None, &Rejection::new(Code::Malformed, "a frame holds at most 256 commands")));
        }
        self.poll_append(at, out);
    }

    fn submit_one(&mut self, call: &Call<'_>, at: SlotId, request: Request, base: u64, stamp: &Stamp) -> Result<(), Rejection> {
        if request.id.is_none() {
            return Err(Rejection::new(Code::Malformed, "a submitted command has an id: [client, seq]"));
        }
        let stamp = stripped(stamp, request.command.needs_entropy());
        let note = Note { origin: Some((call.ticket, Shape::Frame, 0)), ..Note::default() };
        let slot = self.directory.slot_mut(at);
        // Before its id is looked up: what the table of clients says would tell that there is a session.
        let view = slot.replica.view();
        let is_there = view.exists() && colloq_core::may_read(view, &stamp.actor);
        if !is_there && !creates(&request.command) {
            return Err(Code::SessionNotFound.into());
        }
        match slot.replica.submit(request, base, stamp, note)? {
            Submitted::Pending(..) => {
                if actor(&call.actor).role != Role::System {
                    self.directory.touch(at, call.now);
                }
                super::settle::make_reply(self.directory.slot_mut(at));
                Ok(())
            }
            Submitted::Duplicate(None) => Ok(()),
            Submitted::Duplicate(Some(code)) => Err(code.into()),
        }
    }

    /// An answer without an entry leaves once what it was decided on is in the store.
    fn answer_after(&mut self, at: SlotId, ready: Ready, is_frame: bool, out: &mut Out) {
        match self.directory.slot_mut(at).replica.last_note_mut() {
            Some(note) => note.followers.push(Follower { ready, is_frame, handed_out: false }),
            None => out.answer(ready),
        }
    }
}

/// Whether a command may begin a session.
fn creates(command: &Command) -> bool {
    match command {
        Command::Create(_) => true,
        Command::Batch(batch) => batch.commands.first().is_some_and(creates),
        _ => false,
    }
}

/// Entropy goes into the log only where it was used.
fn stripped(stamp: &Stamp, needs_entropy: bool) -> Stamp {
    let entropy = stamp.entropy.filter(|_| needs_entropy);
    Stamp { entropy, ..stamp.clone() }
}

/// The id of a command that cannot be read otherwise.
fn id_of(json: &str) -> Option<CommandId> {
    #[derive(serde::Deserialize)]
    struct Envelope {
        id: CommandId,
    }
    serde_json::from_str::<Envelope>(json).ok().map(|envelope| envelope.id)
}

/// Rejects every command of a frame for a session that cannot be written.
pub(super) fn refuse_frame(call: &Call<'_>, session: Id, rejection: &Rejection, out: &mut Out) {
    let frame: Option<Submit<'_>> = door::parse(call.body).ok();
    let commands: Box<[_]> = frame.map(|frame| frame.commands.into()).unwrap_or_default();
    if commands.is_empty() {
        return out.answer(rejected_frame(call.ticket, session, None, rejection));
    }
    for raw in commands.iter().take(COMMANDS_MAX) {
        out.answer(rejected_frame(call.ticket, session, id_of(raw.get()), rejection));
    }
}

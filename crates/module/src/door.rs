//! Reads the bodies of HTTP requests and turns each into the command that it means.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use colloq_abi::Op;
use colloq_core::json::{Json, JsonError, Nullable, Reader};
use colloq_core::{
    AppendDelta, AppendMessage, Batch, Code, Command, Commands, Compact, CompleteMessage, Context, Create, End, EndReason, FailMessage,
    Failure, Free, Id, InterruptMessage, Issue, LimitsPatch, NewMessage, PatchData, PatchMetadata, PreferencesPatch, Project, RecordIssue,
    Rejection, RemoveIssue, RemoveMessage, Rename, Restore, Restored, ReviseMessage, Rewind, SetActiveProject, SetLimits, SetPreferences,
    SignIn, SignOut, Stamp, StopMessage, TakeOver,
};

use crate::note::Shape;

/// A command, what its sender is to see of it, and with which status.
pub(crate) struct Meant {
    pub(crate) command: Command,
    pub(crate) shape: Shape,
    pub(crate) status: u16,
}

/// Bodies as JSON objects; a key that a body does not have is refused.
macro_rules! bodies {
    ($($Name:ident { $($field:ident: $type:ty = $key:literal,)* })*) => { $(
        struct $Name { $($field: $type,)* }
        colloq_core::json!($Name: strict { $($field: $type = $key,)* });
    )* };
}

bodies! {
    CreateBody {
        // Read by the host, which routes by it.
        _id: Option<Free> = "id",
        user_id: Option<Arc<str>> = "userId",
        title: Option<Arc<str>> = "title",
        context: Option<Context> = "context",
        data: Option<Free> = "data",
        limits: Option<LimitsPatch> = "limits",
    }
    UpdateBody {
        title: Option<Nullable<Arc<str>>> = "title",
        data: Option<Free> = "data",
        limits: Option<LimitsPatch> = "limits",
    }
    EndBody { reason: Option<EndReason> = "reason", }
    DeltaBody { part: Option<Box<str>> = "part", offset: u64 = "offset", text: Box<str> = "text", epoch: Option<u32> = "epoch", }
    ReviseBody { part: Option<Box<str>> = "part", from: u64 = "from", text: Box<str> = "text", epoch: Option<u32> = "epoch", }
    CompleteBody { metadata: Option<Free> = "metadata", epoch: Option<u32> = "epoch", }
    FailBody { error: Failure = "error", epoch: Option<u32> = "epoch", }
    InterruptBody { heard_offset: Option<u64> = "heardOffset", played_ms: Option<u64> = "playedMs", }
    MetadataBody { metadata: Free = "metadata", }
    EmptyBody { }
    ThroughBody { through: Nullable<Id> = "through", }
    CompactBody { through: Id = "through", summary: Arc<str> = "summary", }
    SignInBody { user_id: Arc<str> = "userId", }
    IssueBody {
        // The path says it; a body may repeat it.
        id: Option<Box<str>> = "id",
        title: Box<str> = "title",
        status: Box<str> = "status",
    }
    CommandsBody { commands: Commands = "commands", }
}

bodies! {
    ForkBody {
        // Read by the host: the fork's id.
        _id: Option<Free> = "id",
        through: Option<Id> = "through",
    }
}

/// The message up to which a fork goes.
pub(crate) fn fork_through(body: &[u8]) -> Result<Option<Id>, Rejection> {
    parse::<ForkBody>(body).map(|body| body.through)
}

/// The command that an operation and its body mean. Operations that only read mean none.
pub(crate) fn read(op: &Op<'_>, body: &[u8], stamp: &Stamp) -> Result<Option<Meant>, Rejection> {
    let meant = |command: Command, shape, status| Ok(Some(Meant { command, shape, status }));
    match op {
        Op::Create => {
            let CreateBody { user_id, title, context, data, limits, .. } = parse(body)?;
            meant(Create { user_id, title, context, data, limits }.into(), Shape::Session, 201)
        }
        Op::Restore => meant(Restore { state: parse::<Restored>(body)? }.into(), Shape::Session, 201),
        Op::Update => meant(update(parse(body)?)?, Shape::Session, 200),
        Op::End => meant(End { reason: parse::<EndBody>(body)?.reason }.into(), Shape::Session, 200),
        Op::SignIn => meant(SignIn { user_id: parse::<SignInBody>(body)?.user_id }.into(), Shape::Session, 200),
        Op::SignOut => parse::<EmptyBody>(body).and_then(|_| meant(SignOut {}.into(), Shape::Session, 200)),
        Op::Rewind => meant(Rewind { through: parse::<ThroughBody>(body)?.through.0 }.into(), Shape::Session, 200),
        Op::Compact => {
            let CompactBody { through, summary } = parse(body)?;
            meant(Compact { through, summary }.into(), Shape::Session, 200)
        }
        Op::SetProject => meant(SetActiveProject { project: parse::<Option<Project>>(body)? }.into(), Shape::Context, 200),
        Op::RecordIssue(id) => {
            let body: IssueBody = parse(body)?;
            if body.id.as_deref().is_some_and(|named| named != *id) {
                return Err(Rejection::invalid("/id", "mismatch"));
            }
            let issue = Issue { id: (*id).into(), title: body.title, status: body.status };
            meant(RecordIssue { issue }.into(), Shape::Context, 200)
        }
        Op::RemoveIssue(id) => meant(RemoveIssue { issue: (*id).into() }.into(), Shape::Context, 200),
        Op::SetPreferences => meant(SetPreferences { preferences: parse::<PreferencesPatch>(body)? }.into(), Shape::Context, 200),
        Op::Commands => {
            let CommandsBody { commands } = parse(body)?;
            meant(Batch { commands }.into(), Shape::Version, 200)
        }
        _ => message(op, body, stamp),
    }
}

/// The same, of what concerns one message.
fn message(op: &Op<'_>, body: &[u8], stamp: &Stamp) -> Result<Option<Meant>, Rejection> {
    let meant = |command: Command, shape, status| Ok(Some(Meant { command, shape, status }));
    match op {
        Op::AppendMessage => {
            let mut message: NewMessage = parse(body)?;
            let entropy = stamp.entropy.ok_or(Code::Internal)?;
            let id = *message.id.get_or_insert_with(|| entropy.mint(stamp.now, 0));
            meant(AppendMessage { message }.into(), Shape::Message(id), 201)
        }
        Op::AppendDelta(id) => {
            let (message, DeltaBody { part, offset, text, epoch }) = (message_id(id)?, parse(body)?);
            meant(AppendDelta { message, part: part.clone(), offset, text, epoch }.into(), Shape::Offset(message, part), 200)
        }
        Op::Revise(id) => {
            let (message, ReviseBody { part, from, text, epoch }) = (message_id(id)?, parse(body)?);
            meant(ReviseMessage { message, part: part.clone(), from, text, epoch }.into(), Shape::Offset(message, part), 200)
        }
        Op::Complete(id) => {
            let (message, CompleteBody { metadata, epoch }) = (message_id(id)?, parse(body)?);
            meant(CompleteMessage { message, metadata, epoch }.into(), Shape::Message(message), 200)
        }
        Op::Fail(id) => {
            let (message, FailBody { error, epoch }) = (message_id(id)?, parse(body)?);
            meant(FailMessage { message, error, epoch }.into(), Shape::Message(message), 200)
        }
        Op::Interrupt(id) => {
            let (message, InterruptBody { heard_offset, played_ms }) = (message_id(id)?, parse(body)?);
            meant(InterruptMessage { message, heard_offset, played_ms }.into(), Shape::Message(message), 200)
        }
        Op::PatchMessage(id) => {
            let (message, MetadataBody { metadata: patch }) = (message_id(id)?, parse(body)?);
            meant(PatchMetadata { message, patch }.into(), Shape::Message(message), 200)
        }
        Op::TakeOver(id) => {
            let (message, EmptyBody {}) = (message_id(id)?, parse(body)?);
            meant(TakeOver { message }.into(), Shape::Producer(message), 200)
        }
        Op::Stop(id) => {
            let (message, EmptyBody {}) = (message_id(id)?, parse(body)?);
            meant(StopMessage { message }.into(), Shape::Message(message), 200)
        }
        Op::RemoveMessage(id) => meant(RemoveMessage { message: message_id(id)? }.into(), Shape::Nothing, 204),
        _ => Ok(None),
    }
}

/// The parts of a `PATCH` as one command.
fn update(body: UpdateBody) -> Result<Command, Rejection> {
    let mut commands: Vec<Command> = Vec::new();
    commands.extend(body.title.map(|title| Rename { title: title.0 }.into()));
    commands.extend(body.data.map(|patch| PatchData { patch }.into()));
    commands.extend(body.limits.map(|limits| SetLimits { limits }.into()));
    match commands.len() {
        0 => Err(Rejection::new(Code::Malformed, "title, data or limits is needed")),
        1 => Ok(commands.remove(0)),
        _ => Ok(Batch { commands }.into()),
    }
}

/// A message's id out of a path: what is no id names no message.
pub(crate) fn message_id(text: &str) -> Result<Id, Rejection> {
    text.parse().map_err(|_| Code::MessageNotFound.into())
}

/// Reads a body; an empty one is an empty object.
pub(crate) fn parse<T: Json>(body: &[u8]) -> Result<T, Rejection> {
    read_text(text(body)?, T::read)
}

/// The text of a body.
pub(crate) fn text(body: &[u8]) -> Result<&str, Rejection> {
    let text = core::str::from_utf8(if body.is_empty() { b"{}" } else { body });
    text.map_err(|_| Rejection::new(Code::Malformed, "the body is not UTF-8"))
}

/// Reads all of a text.
pub(crate) fn read_text<'a, T>(text: &'a str, read: impl FnOnce(&mut Reader<'a>) -> Result<T, JsonError>) -> Result<T, Rejection> {
    let mut reader = Reader::new(text);
    let value = read(&mut reader).and_then(|value| reader.finish().map(|()| value));
    value.map_err(|error| Rejection::malformed(&error))
}

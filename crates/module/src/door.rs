//! Reads the bodies of HTTP requests and turns each into the command that it means.

use alloc::boxed::Box;
use alloc::vec::Vec;

use colloq_abi::Op;
use colloq_core::{
    AppendDelta, AppendMessage, Batch, Code, Command, Commands, CompleteMessage, Context, Create, End, FailMessage, Failure, Free, Id,
    Issue, LimitsPatch, NewMessage, PatchData, PreferencesPatch, Project, RecordIssue, Rejection, RemoveIssue, Rename, SetActiveProject,
    SetLimits, SetPreferences, StopMessage,
};
use colloq_core::{EndReason, Stamp};
use serde::de::{Deserialize, Deserializer};

use crate::note::Shape;

/// A command, what its sender is to see of it, and with which status.
pub(crate) struct Meant {
    pub(crate) command: Command,
    pub(crate) shape: Shape,
    pub(crate) status: u16,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateBody {
    /// Read by the host, which routes by it.
    #[serde(default, rename = "id")]
    _id: serde::de::IgnoredAny,
    user_id: Option<Box<str>>,
    title: Option<Box<str>>,
    context: Option<Context>,
    data: Option<Free>,
    limits: Option<LimitsPatch>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateBody {
    #[serde(default, deserialize_with = "present")]
    title: Option<Option<Box<str>>>,
    data: Option<Free>,
    limits: Option<LimitsPatch>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct EndBody {
    reason: Option<EndReason>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DeltaBody {
    part: Option<Box<str>>,
    offset: u64,
    text: Box<str>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CompleteBody {
    metadata: Option<Free>,
}

/// Nothing is to be said of a stop.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct StopBody {}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FailBody {
    error: Failure,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct IssueBody {
    /// The path says it; a body may repeat it.
    id: Option<Box<str>>,
    title: Box<str>,
    status: Box<str>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandsBody {
    commands: Commands,
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Box<str>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The command that an operation and its body mean. Operations that only read mean none.
pub(crate) fn read(op: &Op<'_>, body: &[u8], stamp: &Stamp) -> Result<Option<Meant>, Rejection> {
    let meant = |command: Command, shape, status| Ok(Some(Meant { command, shape, status }));
    match op {
        Op::Create => {
            let body: CreateBody = parse(body)?;
            let CreateBody { user_id, title, context, data, limits, .. } = body;
            meant(Create { user_id, title, context, data, limits }.into(), Shape::Session, 201)
        }
        Op::Update => meant(update(parse(body)?)?, Shape::Session, 200),
        Op::End => meant(End { reason: parse::<EndBody>(body)?.reason }.into(), Shape::Session, 200),
        Op::AppendMessage => {
            let mut message: NewMessage = parse(body)?;
            let id = *message.id.get_or_insert_with(|| stamp.mint_id(0));
            meant(AppendMessage { message }.into(), Shape::Message(id), 201)
        }
        Op::AppendDelta(id) => {
            let (message, DeltaBody { part, offset, text }) = (message_id(id)?, parse(body)?);
            meant(AppendDelta { message, part: part.clone(), offset, text }.into(), Shape::Offset(message, part), 200)
        }
        Op::Complete(id) => {
            let (message, CompleteBody { metadata }) = (message_id(id)?, parse(body)?);
            meant(CompleteMessage { message, metadata }.into(), Shape::Message(message), 200)
        }
        Op::Stop(id) => {
            let (message, StopBody {}) = (message_id(id)?, parse(body)?);
            meant(StopMessage { message }.into(), Shape::Message(message), 200)
        }
        Op::Fail(id) => {
            let (message, FailBody { error }) = (message_id(id)?, parse(body)?);
            meant(FailMessage { message, error }.into(), Shape::Message(message), 200)
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
            let CommandsBody { mut commands } = parse(body)?;
            for (nth, command) in (0..).zip(&mut commands) {
                if let Command::AppendMessage(append) = command {
                    append.message.id.get_or_insert_with(|| stamp.mint_id(nth));
                }
            }
            meant(Batch { commands }.into(), Shape::Version, 200)
        }
        _ => Ok(None),
    }
}

/// The parts of a `PATCH` as one command.
fn update(body: UpdateBody) -> Result<Command, Rejection> {
    let mut commands: Vec<Command> = Vec::new();
    commands.extend(body.title.map(|title| Rename { title }.into()));
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
pub(crate) fn parse<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Rejection> {
    // As text: one reader for everything keeps the file small.
    let text = core::str::from_utf8(if body.is_empty() { b"{}" } else { body });
    let text = text.map_err(|_| Rejection::new(Code::Malformed, "the body is not UTF-8"))?;
    // The reader would take a list for the fields of an object in their order; nobody means that.
    if text.trim_ascii_start().starts_with('[') {
        return Err(Rejection::new(Code::Malformed, "an object is expected, not a list"));
    }
    serde_json::from_str(text).map_err(|error| Rejection::malformed(&error))
}

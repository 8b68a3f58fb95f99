//! Turns HTTP requests into the commands that they mean. A body holds the fields of its command, but for what the path says.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use colloq_abi::Op;
use colloq_core::json::{Json, JsonError, Nullable, Reader, write_text};
use colloq_core::{Batch, Code, Command, Free, Id, LimitsPatch, PatchData, Rejection, Rename, SetLimits, Stamp};

use crate::note::Shape;

/// A command, what its sender is to see of it, and with which status.
pub(crate) struct Meant {
    pub(crate) command: Command,
    pub(crate) shape: Shape,
    pub(crate) status: u16,
}

/// How a body makes a command.
#[derive(Clone, Copy)]
enum Form<'a> {
    /// It holds the fields.
    Fields,
    /// It holds the fields, but for the message, which the path names.
    OfMessage(&'a str),
    /// It is the value of the only field.
    Value(&'static str),
}

/// The kind of command that an operation means, how its body makes it, and what its sender is to see.
fn meaning<'a>(op: &Op<'a>) -> Option<(&'static str, Form<'a>, Shape, u16)> {
    use Form::{Fields, OfMessage, Value};
    let message = |id: &str| id.parse().map_or(Shape::Nothing, Shape::Message);
    let offset = |id: &str| id.parse().map_or(Shape::Nothing, |id| Shape::Offset(id, None));
    Some(match op {
        Op::Create => ("create", Fields, Shape::Session, 201),
        Op::Restore => ("restore", Value("state"), Shape::Session, 201),
        Op::End => ("end", Fields, Shape::Session, 200),
        Op::SignIn => ("signIn", Fields, Shape::Session, 200),
        Op::SignOut => ("signOut", Fields, Shape::Session, 200),
        Op::Rewind => ("rewind", Fields, Shape::Session, 200),
        Op::Compact => ("compact", Fields, Shape::Session, 200),
        Op::SetProject => ("setActiveProject", Value("project"), Shape::Context, 200),
        Op::SetPreferences => ("setPreferences", Value("preferences"), Shape::Context, 200),
        Op::Commands => ("batch", Fields, Shape::Version, 200),
        Op::AppendMessage => ("appendMessage", Value("message"), Shape::Nothing, 201),
        Op::AppendDelta(id) => ("appendDelta", OfMessage(id), offset(id), 200),
        Op::Revise(id) => ("reviseMessage", OfMessage(id), offset(id), 200),
        Op::Complete(id) => ("completeMessage", OfMessage(id), message(id), 200),
        Op::Fail(id) => ("failMessage", OfMessage(id), message(id), 200),
        Op::Stop(id) => ("stopMessage", OfMessage(id), message(id), 200),
        Op::Interrupt(id) => ("interruptMessage", OfMessage(id), message(id), 200),
        Op::PatchMessage(id) => ("patchMetadata", OfMessage(id), message(id), 200),
        Op::TakeOver(id) => ("takeOver", OfMessage(id), id.parse().map_or(Shape::Nothing, Shape::Producer), 200),
        Op::RemoveMessage(id) => ("removeMessage", OfMessage(id), Shape::Nothing, 204),
        _ => return None,
    })
}

/// The command that an operation and its body mean. Operations that only read mean none.
pub(crate) fn read(op: &Op<'_>, body: &[u8], stamp: &Stamp) -> Result<Option<Meant>, Rejection> {
    let (mut command, mut shape, status) = match op {
        Op::Update => (update(parse(body)?)?, Shape::Session, 200),
        Op::RecordIssue(id) => (record_issue(id, text(body)?)?, Shape::Context, 200),
        Op::RemoveIssue(id) => (of_kind("removeIssue", Form::Value("issue"), &quoted(id))?, Shape::Context, 200),
        op => match meaning(op) {
            Some((kind, form, shape, status)) => (of_kind(kind, form, text(body)?)?, shape, status),
            None => return Ok(None),
        },
    };
    if let Some(entropy) = stamp.entropy {
        command.name_all(|nth| entropy.mint(stamp.now, nth));
    }
    match (&command, &mut shape) {
        (Command::AppendMessage(append), shape) => *shape = append.message.id.map_or(Shape::Nothing, Shape::Message),
        (Command::AppendDelta(delta), Shape::Offset(_, part)) => part.clone_from(&delta.part),
        (Command::ReviseMessage(revise), Shape::Offset(_, part)) => part.clone_from(&revise.part),
        _ => {}
    }
    if matches!(op, Op::Commands) && command.is_hosts() {
        return Err(Rejection::new(Code::Malformed, "unknown kind, in /commands"));
    }
    Ok(Some(Meant { command, shape, status }))
}

/// Reads a command of a kind out of a body.
fn of_kind(kind: &str, form: Form<'_>, body: &str) -> Result<Command, Rejection> {
    if kind == "rewind" && Reader::new(body).member("through").is_none() {
        // By a slip of the pen nobody takes everything back.
        return Err(Rejection::new(Code::Malformed, "the field is missing, in /through"));
    }
    let prefix = match form {
        Form::Fields => String::new(),
        Form::Value(key) => ["{\"", key, "\":"].concat(),
        Form::OfMessage(id) => ["{\"message\":", &message_id(id)?.to_json()].concat(),
    };
    let json = match form {
        Form::Fields => body.to_string(),
        Form::Value(_) => [&prefix, body, "}"].concat(),
        Form::OfMessage(_) => {
            let fields = body.trim_ascii_start().strip_prefix('{');
            let fields = fields.ok_or_else(|| Rejection::malformed(&Reader::new(body).error("an object is expected")))?;
            let comma = if fields.trim_ascii_start().starts_with('}') { "" } else { "," };
            [&prefix, comma, fields].concat()
        }
    };
    // The host routes by a new session's id and has read it.
    let but = if kind == "create" { "id" } else { "" };
    Command::of_kind(kind, &json, but).map_err(|error| Rejection::malformed(&error.behind(prefix.len())))
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_text(text, &mut out);
    out
}

/// The path says the issue's id; a body may repeat it.
fn record_issue(id: &str, body: &str) -> Result<Command, Rejection> {
    let named = Reader::new(body).member_text("id");
    match (&named, body.trim_ascii_start().strip_prefix('{')) {
        (Some(named), _) if *named != id => Err(Rejection::invalid("/id", "mismatch")),
        (None, Some(fields)) => {
            let comma = if fields.trim_ascii_start().starts_with('}') { "" } else { "," };
            of_kind("recordIssue", Form::Value("issue"), &["{\"id\":", &quoted(id), comma, fields].concat())
        }
        _ => of_kind("recordIssue", Form::Value("issue"), body),
    }
}

/// A body as a JSON object; a key that it does not have is refused.
macro_rules! body {
    ($Name:ident { $($field:ident: $type:ty = $key:literal,)* }) => {
        struct $Name { $($field: $type,)* }
        colloq_core::json!($Name: strict { $($field: $type = $key,)* });
    };
}

body! {
    UpdateBody {
        title: Option<Nullable<Arc<str>>> = "title",
        data: Option<Free> = "data",
        limits: Option<LimitsPatch> = "limits",
    }
}

body! {
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

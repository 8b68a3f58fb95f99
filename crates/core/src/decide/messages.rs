//! The rules of new messages: their form, their size, whom they answer, and what has to leave for them.

use alloc::vec::Vec;

use super::Decision;
use crate::code::{Code, Rejection};
use crate::command::{AppendMessage, NewMessage};
use crate::event::{Event, MessagesTrimmed};
use crate::json::Json;
use crate::message::{Draft, MessageType, Part, Status};
use crate::streams::STREAMS_MAX;
use crate::{Free, Id, Limits, Session};

/// The most parts of a message.
pub(super) const PARTS_MAX: usize = 256;
/// The most bytes of a message's metadata, of a part beside its text, and of its short texts.
pub(super) const METADATA_BYTES_MAX: usize = 64 * 1024;
pub(super) const SHORT_TEXT_BYTES_MAX: usize = 256;

pub(super) fn append(session: &Session, message: &NewMessage) -> Decision {
    let id = message.id.ok_or_else(|| Rejection::invalid("/message/id", "required"))?;
    if session.messages.find(id).is_some() {
        return Err(Code::IdTaken.into());
    }
    let message = normalised(message, id)?;
    let bytes = check_size(session, text_bytes(&message))?;
    if message.status == Some(Status::Streaming) && session.streams.len() >= STREAMS_MAX {
        return Err(Rejection::new(Code::LimitReached, "at most 8 messages stream at once in a session"));
    }
    if let Some(target) = message.reply_to {
        check_claim(session, target, message.r#type)?;
    }
    let appended = AppendMessage { message }.into();
    Ok(with_trim(session, &session.limits, appended, 1, bytes))
}

/// Checks a message and brings it into the one form that events have: with an id; with `parts` only where `content` cannot say it.
fn normalised(message: &NewMessage, id: Id) -> Result<NewMessage, Rejection> {
    let mut message = NewMessage { id: Some(id), ..message.clone() };
    if !matches!(message.status, None | Some(Status::Streaming | Status::Complete)) {
        return Err(Rejection::invalid("/message/status", "status"));
    }
    message.status = message.status.filter(|status| *status == Status::Streaming);
    if message.turn.as_ref().is_some_and(|turn| turn.len() > SHORT_TEXT_BYTES_MAX) {
        return Err(Rejection::invalid("/message/turn", "tooLong"));
    }
    if let Some(metadata) = &message.metadata {
        check_metadata(metadata)?;
    }
    match (&message.content, &mut message.parts) {
        (Some(_), Some(_)) => return Err(Rejection::invalid("/message/parts", "contentOrParts")),
        (None, None) if message.status.is_none() => return Err(Rejection::invalid("/message/content", "required")),
        (_, Some(parts)) => {
            check_parts(parts)?;
        }
        _ => {}
    }
    Ok(message)
}

fn check_parts(parts: &mut [Part]) -> Result<(), Rejection> {
    if parts.len() > PARTS_MAX {
        return Err(Rejection::invalid("/message/parts", "length"));
    }
    for at in 0..parts.len() {
        if parts[at].id.is_empty() {
            parts[at].id = (at as u64).to_json().into_boxed_str();
        }
        check_part(&parts[at])?;
        if parts[..at].iter().any(|other| other.id == parts[at].id) {
            return Err(Rejection::invalid(["/message/parts/", &(at as u64).to_json(), "/id"].concat(), "duplicate"));
        }
    }
    Ok(())
}

pub(super) fn check_part(part: &Part) -> Result<(), Rejection> {
    let short = |text: &str| (1..=SHORT_TEXT_BYTES_MAX).contains(&text.len());
    if !short(&part.id) || !short(&part.kind) {
        return Err(Rejection::invalid("/part", "text"));
    }
    if part.is_text() && part.text.is_none() {
        return Err(Rejection::invalid("/part/text", "required"));
    }
    if part.extra.as_str().len() > METADATA_BYTES_MAX {
        return Err(Rejection::new(Code::TooLarge, "a part takes more than 64 KiB beside its text"));
    }
    Ok(())
}

pub(super) fn check_metadata(metadata: &Free) -> Result<(), Rejection> {
    if metadata.as_str().len() > METADATA_BYTES_MAX {
        return Err(Rejection::new(Code::TooLarge, "metadata takes more than 64 KiB"));
    }
    if !metadata.is_object() {
        return Err(Rejection::invalid("/metadata", "object"));
    }
    let member = |key| metadata.reader().member(key);
    if member("apiCalls").is_some_and(|mut calls| calls.array(&mut |call| call.text().map(drop)).is_err()) {
        return Err(Rejection::invalid("/metadata/apiCalls", "strings"));
    }
    if member("processingTime").is_some_and(|mut time| time.number().is_err()) {
        return Err(Rejection::invalid("/metadata/processingTime", "number"));
    }
    Ok(())
}

/// Whether a message from elsewhere could have come about here.
pub(super) fn is_sound(draft: &Draft) -> bool {
    let parts = &draft.parts;
    let twice = parts.iter().enumerate().any(|(at, part)| parts[..at].iter().any(|other| other.id == part.id));
    parts.len() <= PARTS_MAX
        && !twice
        && parts.iter().all(|part| check_part(part).is_ok())
        && draft.metadata.as_ref().is_none_or(Free::is_object)
}

/// Only one answer to a message at a time; a failed one gives it free.
fn check_claim(session: &Session, target: Id, kind: MessageType) -> Result<(), Rejection> {
    // Answers come after what they answer, so the search ends there.
    for message in session.messages.iter().rev() {
        if message.id() == target {
            return Ok(());
        }
        let answers = message.reply_to() == Some(target) && message.kind() == MessageType::Assistant && message.status() != Status::Failed;
        if answers && kind == MessageType::Assistant {
            return Err(Code::AlreadyAnswering.into());
        }
    }
    Err(Rejection::new(Code::MessageNotFound, "replyTo names no message of the session"))
}

fn text_bytes(message: &NewMessage) -> u64 {
    let content = message.content.as_ref().map_or(0, |content| content.len());
    let parts = message.parts.iter().flatten().filter_map(|part| part.text.as_ref());
    (content + parts.map(alloc::string::String::len).sum::<usize>()) as u64
}

/// A message may take a quarter of what its session may hold.
pub(super) fn check_size(session: &Session, bytes: u64) -> Result<u64, Rejection> {
    if bytes > u64::from(session.limits.max_content_bytes) / 4 {
        return Err(Rejection::new(Code::TooLarge, "a message may take a quarter of maxContentBytes"));
    }
    Ok(bytes)
}

/// An event that adds to the session or limits it, and before it the departure of the oldest where a limit is reached.
pub(super) fn with_trim(session: &Session, limits: &Limits, event: Event, count: usize, bytes: u64) -> Vec<Event> {
    let room = (limits.max_messages as usize).saturating_sub(count);
    let surplus = session.messages.surplus(room, u64::from(limits.max_content_bytes).saturating_sub(bytes));
    let trimmed = (!surplus.is_empty()).then(|| MessagesTrimmed { messages: surplus }.into());
    trimmed.into_iter().chain([event]).collect()
}

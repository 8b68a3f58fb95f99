//! The rules of messages and their streams.

use alloc::vec::Vec;

use super::Decision;
use crate::code::{Code, Rejection};
use crate::command::{AppendDelta, CompleteMessage, FailMessage, NewMessage, SetPart, StopMessage};
use crate::event::{DeltaAppended, Event, MessageAppended, MessageCompleted, MessageFailed, MessageStopped, MessagesTrimmed, PartSet};
use crate::message::{Draft, MessageType, Part, Status};
use crate::streams::STREAMS_MAX;
use crate::{Free, Id, Role, Session, Stamp};

/// The most parts of a message.
const PARTS_MAX: usize = 256;
/// The most bytes of a message's metadata, of a part beside its text, and of its short texts.
const METADATA_BYTES_MAX: usize = 64 * 1024;
const SHORT_TEXT_BYTES_MAX: usize = 256;

pub(super) fn append(session: &Session, message: &NewMessage, stamp: &Stamp) -> Decision {
    let id = match (message.id, &stamp.entropy) {
        (Some(id), _) => id,
        (None, Some(entropy)) => entropy.mint(stamp.now, 0),
        (None, None) => return Err(Rejection::invalid("/message/id", "required")),
    };
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
    let appended = MessageAppended { message }.into();
    Ok(with_trim(session, appended, 1, bytes))
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
            parts[at].id = alloc::format!("{at}").into_boxed_str();
        }
        check_part(&parts[at])?;
        if parts[..at].iter().any(|other| other.id == parts[at].id) {
            return Err(Rejection::invalid(alloc::format!("/message/parts/{at}/id"), "duplicate"));
        }
    }
    Ok(())
}

fn check_part(part: &Part) -> Result<(), Rejection> {
    let short = |text: &str| (1..=SHORT_TEXT_BYTES_MAX).contains(&text.len());
    if !short(&part.id) || !short(&part.kind) {
        return Err(Rejection::invalid("/part", "text"));
    }
    if part.is_text() && part.text.is_none() {
        return Err(Rejection::invalid("/part/text", "required"));
    }
    if extra_bytes(part) > METADATA_BYTES_MAX {
        return Err(Rejection::new(Code::TooLarge, "a part takes more than 64 KiB beside its text"));
    }
    Ok(())
}

fn extra_bytes(part: &Part) -> usize {
    if part.extra.is_empty() {
        return 0;
    }
    serde_json::to_string(&part.extra).map_or(usize::MAX, |json| json.len())
}

fn check_metadata(metadata: &Free) -> Result<(), Rejection> {
    if metadata.as_str().len() > METADATA_BYTES_MAX {
        return Err(Rejection::new(Code::TooLarge, "metadata takes more than 64 KiB"));
    }
    let value = metadata.to_value();
    let Some(fields) = value.as_object() else {
        return Err(Rejection::invalid("/metadata", "object"));
    };
    let strings = |value: &serde_json::Value| value.as_array().is_some_and(|list| list.iter().all(serde_json::Value::is_string));
    if fields.get("apiCalls").is_some_and(|calls| !strings(calls)) {
        return Err(Rejection::invalid("/metadata/apiCalls", "strings"));
    }
    if fields.get("processingTime").is_some_and(|time| !time.is_number()) {
        return Err(Rejection::invalid("/metadata/processingTime", "number"));
    }
    Ok(())
}

/// Only one answer to a message at a time; a failed one gives it free.
fn check_claim(session: &Session, target: Id, kind: MessageType) -> Result<(), Rejection> {
    // Answers come after what they answer, so the search ends there.
    for message in session.messages.iter().rev() {
        if message.id == target {
            return Ok(());
        }
        let answers = message.reply_to == Some(target) && message.kind == MessageType::Assistant && message.status != Status::Failed;
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
fn check_size(session: &Session, bytes: u64) -> Result<u64, Rejection> {
    if bytes > u64::from(session.limits.max_content_bytes) / 4 {
        return Err(Rejection::new(Code::TooLarge, "a message may take a quarter of maxContentBytes"));
    }
    Ok(bytes)
}

/// An event that adds to the session, and before it the departure of the oldest where a limit is reached.
fn with_trim(session: &Session, event: Event, count: usize, bytes: u64) -> Vec<Event> {
    let limits = &session.limits;
    let room = (limits.max_messages as usize).saturating_sub(count);
    let surplus = session.messages.surplus(room, u64::from(limits.max_content_bytes).saturating_sub(bytes));
    let trimmed = (!surplus.is_empty()).then(|| MessagesTrimmed { messages: surplus }.into());
    trimmed.into_iter().chain([event]).collect()
}

/// The draft of a message that streams, for its producer.
fn streaming<'a>(session: &'a Session, message: Id, stamp: &Stamp) -> Result<&'a Draft, Rejection> {
    let found = session.message(message).ok_or(Code::MessageNotFound)?;
    let Some(draft) = found.open() else {
        return Err(Code::MessageStopped.into());
    };
    let actor = &stamp.actor;
    if actor.role != Role::Operator && !session.streams.is_producer(message, actor) {
        return Err(Rejection::new(Code::Forbidden, "somebody else produces this message"));
    }
    Ok(draft)
}

pub(super) fn delta(session: &Session, delta: &AppendDelta, stamp: &Stamp) -> Decision {
    let draft = streaming(session, delta.message, stamp)?;
    let part = draft.part(delta.part.as_deref());
    if part.is_none()
        && (draft.parts.len() >= PARTS_MAX || delta.part.as_ref().is_some_and(|id| !(1..=SHORT_TEXT_BYTES_MAX).contains(&id.len())))
    {
        return Err(Rejection::invalid("/part", "text"));
    }
    let known = part.and_then(|part| part.text.as_deref()).unwrap_or_default().as_bytes();
    let next_offset = known.len() as u64;
    if delta.offset > next_offset {
        return Err(Rejection::from(Code::OffsetGap).at_offset(next_offset));
    }
    let overlap = &known[delta.offset as usize..];
    let repeated = overlap.len().min(delta.text.len());
    if delta.text.as_bytes()[..repeated] != overlap[..repeated] {
        return Err(Rejection::from(Code::OffsetMismatch).at_offset(next_offset));
    }
    let text = &delta.text[repeated..];
    // What repeats the text changes nothing; an empty delta renews the deadline.
    if text.is_empty() && !delta.text.is_empty() {
        return Ok(Vec::new());
    }
    check_size(session, u64::from(draft.content_bytes()) + text.len() as u64)?;
    let event = DeltaAppended { message: delta.message, part: delta.part.clone(), offset: next_offset, text: text.into() };
    Ok(with_trim(session, event.into(), 0, text.len() as u64))
}

pub(super) fn set_part(session: &Session, set: &SetPart, stamp: &Stamp) -> Decision {
    let draft = streaming(session, set.message, stamp)?;
    check_part(&set.part)?;
    let known = draft.part(Some(&set.part.id));
    if known.is_none() && draft.parts.len() >= PARTS_MAX {
        return Err(Rejection::invalid("/part", "length"));
    }
    let length = |part: &Part| part.text.as_ref().map_or(0, |text| text.len() as u64);
    let bytes = u64::from(draft.content_bytes()) + length(&set.part) - known.map_or(0, length);
    check_size(session, bytes)?;
    let event = PartSet { message: set.message, part: set.part.clone() };
    Ok(with_trim(session, event.into(), 0, length(&set.part)))
}

pub(super) fn complete(session: &Session, complete: &CompleteMessage, stamp: &Stamp) -> Decision {
    let draft = streaming(session, complete.message, stamp)?;
    let metadata = match (&draft.metadata, &complete.metadata) {
        (Some(known), Some(patch)) => Some(known.merged(patch)),
        (None, Some(patch)) => Some(Free::empty_object().merged(patch)),
        (known, None) => known.clone(),
    };
    if let Some(metadata) = &metadata {
        check_metadata(metadata)?;
    }
    Ok(alloc::vec![MessageCompleted { message: complete.message, metadata }.into()])
}

/// Anyone in the session may stop a stream. One that ended by itself meanwhile was stopped in vain, which is no error.
pub(super) fn stop(session: &Session, stop: &StopMessage) -> Decision {
    let message = session.message(stop.message).ok_or(Code::MessageNotFound)?;
    match message.status {
        Status::Streaming => Ok(alloc::vec![MessageStopped { message: stop.message }.into()]),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn fail(session: &Session, fail: &FailMessage, stamp: &Stamp) -> Decision {
    streaming(session, fail.message, stamp)?;
    if fail.error.code.len() > SHORT_TEXT_BYTES_MAX || fail.error.message.len() > METADATA_BYTES_MAX {
        return Err(Rejection::invalid("/error", "tooLong"));
    }
    Ok(alloc::vec![MessageFailed { message: fail.message, error: fail.error.clone() }.into()])
}

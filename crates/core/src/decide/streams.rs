//! The rules of streams: deltas at their offsets, who produces, and the ways in which a stream ends.

use alloc::vec::Vec;

use super::Decision;
use super::messages::{METADATA_BYTES_MAX, PARTS_MAX, SHORT_TEXT_BYTES_MAX, check_metadata, check_part, check_size, with_trim};
use crate::code::{Code, Rejection};
use crate::command::{AppendDelta, CompleteMessage, FailMessage, InterruptMessage, ReviseMessage, SetPart, StopMessage, TakeOver};
use crate::event::{MessageInterrupted, ProducerChanged};
use crate::json::{Json, piece};
use crate::message::{Draft, MessageType, Part, Status};
use crate::streams::FIRST_EPOCH;
use crate::{Free, Id, Role, Session, Stamp, rights};

/// The draft of a message that streams, for its producer in the present epoch.
fn streaming<'a>(session: &'a Session, message: Id, epoch: Option<u32>, stamp: &Stamp) -> Result<&'a Draft, Rejection> {
    let found = session.message(message).ok_or(Code::MessageNotFound)?;
    let (Some(draft), Some(stream)) = (found.open(), session.streams.get(message)) else {
        return Err(Code::MessageStopped.into());
    };
    let actor = &stamp.actor;
    let is_producer = stream.role == actor.role && stream.producer == actor.id;
    let is_operator = actor.role == Role::Operator && epoch.is_none();
    let is_fenced = epoch.unwrap_or(FIRST_EPOCH) != stream.epoch;
    match (is_producer || is_operator, is_fenced) {
        (true, false) => Ok(draft),
        (true, true) if is_operator && !is_producer => Ok(draft),
        (false, false) => Err(Rejection::new(Code::Forbidden, "somebody else produces this message")),
        (_, true) => Err(Code::ProducerFenced.into()),
    }
}

pub(super) fn delta(session: &Session, delta: &AppendDelta, stamp: &Stamp) -> Decision {
    let draft = streaming(session, delta.message, delta.epoch, stamp)?;
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
    #[cfg(feature = "planted")]
    let repeated = if crate::planted::is_planted(crate::planted::Planted::DeltaOffset) { 0 } else { repeated };
    let text = piece(&delta.text, repeated, delta.text.len());
    // What repeats the text changes nothing; an empty delta renews the deadline.
    if text.is_empty() && !delta.text.is_empty() {
        return Ok(Vec::new());
    }
    check_size(session, u64::from(draft.content_bytes()) + text.len() as u64)?;
    let event = AppendDelta { message: delta.message, part: delta.part.clone(), offset: next_offset, text: text.into(), epoch: None };
    Ok(with_trim(session, &session.limits, event.into(), 0, text.len() as u64))
}

pub(super) fn set_part(session: &Session, set: &SetPart, stamp: &Stamp) -> Decision {
    let draft = streaming(session, set.message, set.epoch, stamp)?;
    check_part(&set.part)?;
    let known = draft.part(Some(&set.part.id));
    if known.is_none() && draft.parts.len() >= PARTS_MAX {
        return Err(Rejection::invalid("/part", "length"));
    }
    let length = |part: &Part| part.text.as_ref().map_or(0, |text| text.len() as u64);
    let bytes = u64::from(draft.content_bytes()) + length(&set.part) - known.map_or(0, length);
    check_size(session, bytes)?;
    let event = SetPart { message: set.message, part: set.part.clone(), epoch: None };
    Ok(with_trim(session, &session.limits, event.into(), 0, length(&set.part)))
}

/// Rewrites the tail of a part, which may be no part yet.
pub(super) fn revise(session: &Session, revise: &ReviseMessage, stamp: &Stamp) -> Decision {
    let draft = streaming(session, revise.message, revise.epoch, stamp)?;
    let known = draft.part(revise.part.as_deref()).and_then(|part| part.text.as_deref()).unwrap_or_default();
    let from = usize::try_from(revise.from).unwrap_or(usize::MAX);
    if from > known.len() {
        return Err(Rejection::from(Code::OffsetGap).at_offset(known.len() as u64));
    }
    if !known.is_char_boundary(from) {
        return Err(Rejection::invalid("/from", "boundary"));
    }
    if revise.part.as_ref().is_some_and(|id| draft.part(Some(id)).is_none()) {
        check_part(&Part::text(revise.part.as_deref().unwrap_or_default(), ""))?;
    }
    let bytes = u64::from(draft.content_bytes()) + revise.text.len() as u64 - (known.len() - from) as u64;
    check_size(session, bytes)?;
    let event = ReviseMessage { epoch: None, ..revise.clone() };
    Ok(with_trim(session, &session.limits, event.into(), 0, revise.text.len() as u64))
}

pub(super) fn complete(session: &Session, complete: &CompleteMessage, stamp: &Stamp) -> Decision {
    let draft = streaming(session, complete.message, complete.epoch, stamp)?;
    let metadata = match &complete.metadata {
        Some(patch) => Some(draft.metadata.as_ref().unwrap_or(&Free::EMPTY).merged(patch)),
        None => draft.metadata.clone(),
    };
    if let Some(metadata) = &metadata {
        check_metadata(metadata)?;
    }
    Ok(alloc::vec![CompleteMessage { message: complete.message, metadata, epoch: None }.into()])
}

/// Anyone in the session may stop a stream. One that ended by itself meanwhile was stopped in vain, which is no error.
pub(super) fn stop(session: &Session, stop: &StopMessage) -> Decision {
    let message = session.message(stop.message).ok_or(Code::MessageNotFound)?;
    match message.status() {
        Status::Streaming => Ok(alloc::vec![stop.clone().into()]),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn fail(session: &Session, fail: &FailMessage, stamp: &Stamp) -> Decision {
    streaming(session, fail.message, fail.epoch, stamp)?;
    if fail.error.code.len() > SHORT_TEXT_BYTES_MAX || fail.error.message.len() > METADATA_BYTES_MAX {
        return Err(Rejection::invalid("/error", "tooLong"));
    }
    Ok(alloc::vec![FailMessage { epoch: None, ..fail.clone() }.into()])
}

/// Whoever may write such a message may go on with its stream; who did so before is fenced off.
pub(super) fn take_over(session: &Session, take: &TakeOver, stamp: &Stamp) -> Decision {
    let message = session.message(take.message).ok_or(Code::MessageNotFound)?;
    let Some(stream) = session.streams.get(take.message) else {
        return Err(Code::MessageStopped.into());
    };
    if !rights::may_write(stamp.actor.role, message.kind()) {
        return Err(Rejection::new(Code::Forbidden, "This role may not write messages of this type."));
    }
    Ok(alloc::vec![ProducerChanged { message: take.message, epoch: stream.epoch + 1 }.into()])
}

/// Barge-in: an answer that streams, or is whole but still being spoken, becomes what was heard of it.
pub(super) fn interrupt(session: &Session, interrupt: &InterruptMessage) -> Decision {
    let message = session.message(interrupt.message).ok_or(Code::MessageNotFound)?;
    if message.kind() == MessageType::User {
        return Err(Rejection::new(Code::Conflict, "only what is spoken can be interrupted"));
    }
    if !matches!(message.status(), Status::Streaming | Status::Complete) {
        return Ok(Vec::new());
    }
    let draft = message.to_draft();
    let heard = interrupt.heard_offset.filter(|heard| *heard < draft.content().len() as u64);
    let metadata = match interrupt.played_ms {
        Some(played_ms) => {
            let played = Free::from_json(&["{\"playedMs\":", &played_ms.to_json(), "}"].concat()).unwrap_or(Free::EMPTY);
            Some(draft.metadata.as_ref().unwrap_or(&Free::EMPTY).merged(&played))
        }
        None => draft.metadata,
    };
    Ok(alloc::vec![MessageInterrupted { message: interrupt.message, heard, metadata }.into()])
}

//! The rules of what was said already: taking back, editing, removing, summing up.

use alloc::vec::Vec;

use super::{Decision, messages};
use crate::code::{Code, Rejection};
use crate::command::{Compact, EditMessage, PatchMetadata, RemoveMessage, Rewind};
use crate::event::Event;
use crate::message::Status;
use crate::{Free, Session, Stamp, rights};

/// The most bytes of a summary.
const SUMMARY_BYTES_MAX: usize = 64 * 1024;

/// Rewinds to before a message and appends another, as one.
pub(super) fn edit(session: &Session, edit: &EditMessage, stamp: &Stamp) -> Decision {
    let at = session.messages.position(edit.message).ok_or(Code::MessageNotFound)?;
    if !session.message(edit.message).is_some_and(|message| rights::may_write(stamp.actor.role, message.kind())) {
        return Err(Rejection::new(Code::Forbidden, "This role may not edit messages of this type."));
    }
    let before = at.checked_sub(1).and_then(|before| session.messages.iter().nth(before));
    let rewound: Event = Rewind { through: before.map(|message| message.id()) }.into();
    let mut session = session.clone();
    session.fold(&rewound, stamp);
    let appended = messages::append(&session, &edit.replacement)?;
    Ok([rewound].into_iter().chain(appended).collect())
}

pub(super) fn remove(session: &Session, remove: &RemoveMessage) -> Decision {
    session.message(remove.message).ok_or(Code::MessageNotFound)?;
    Ok(alloc::vec![remove.clone().into()])
}

pub(super) fn patch_metadata(session: &Session, patch: &PatchMetadata) -> Decision {
    let message = session.message(patch.message).ok_or(Code::MessageNotFound)?;
    let metadata = message.to_draft().metadata.unwrap_or(Free::EMPTY).merged(&patch.metadata);
    messages::check_metadata(&metadata)?;
    Ok(alloc::vec![PatchMetadata { message: patch.message, metadata }.into()])
}

/// What streams after the message is taken back as well; its producer finds that it is gone.
pub(super) fn rewind(session: &Session, rewind: &Rewind) -> Decision {
    let kept = match rewind.through {
        Some(through) => session.messages.position(through).ok_or(Code::MessageNotFound)? + 1,
        None => 0,
    };
    if kept == session.messages.len() {
        return Ok(Vec::new());
    }
    Ok(alloc::vec![rewind.clone().into()])
}

pub(super) fn compact(session: &Session, compact: &Compact) -> Decision {
    let at = session.messages.position(compact.through).ok_or(Code::MessageNotFound)?;
    if compact.summary.len() > SUMMARY_BYTES_MAX {
        return Err(Rejection::invalid("/summary", "tooLong"));
    }
    if session.messages.iter().take(at + 1).any(|message| message.status() == Status::Streaming) {
        return Err(Rejection::new(Code::Conflict, "a message among them still streams"));
    }
    Ok(alloc::vec![compact.clone().into()])
}

//! The bodies of replies: what somebody sees of a state.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, Object, write_list};
use colloq_core::{Code, Id, Rejection, Session, session_json};

use crate::note::Shape;

/// The body of a reply in a state.
pub(crate) fn shaped(shape: &Shape, session: &Session, touched_at: u64) -> Vec<u8> {
    let version = session.head.version;
    match shape {
        Shape::Session => session_json(session, touched_at, None),
        Shape::Context => session.context().to_json(),
        Shape::Message(id) => match session.message(*id) {
            Some(message) => message.json().into_owned(),
            None => ["{\"id\":", &id.to_json(), "}"].concat(),
        },
        Shape::Offset(id, part) => placed(version, None, next_offset(session, *id, part.as_deref())),
        Shape::Producer(id) => placed(version, session.epoch(*id), next_offset(session, *id, None)),
        Shape::Version => at_version(version),
        Shape::Nothing | Shape::Frame => String::new(),
    }
    .into_bytes()
}

/// The body of a reply to what was done before, at a version, and created a message: that message, as it is now.
pub(crate) fn again(shape: Shape, message: Option<Id>, version: u64, session: &Session, touched_at: u64) -> Vec<u8> {
    match (shape, message) {
        (Shape::Version, _) => at_version(version).into_bytes(),
        (Shape::Message(_), Some(message)) => shaped(&Shape::Message(message), session, touched_at),
        (shape, _) => shaped(&shape, session, touched_at),
    }
}

fn at_version(version: u64) -> String {
    ["{\"version\":", &version.to_json(), "}"].concat()
}

/// Where the next delta of a part begins.
fn next_offset(session: &Session, message: Id, part: Option<&str>) -> u64 {
    let draft = session.message(message).and_then(|message| message.open());
    draft.and_then(|draft| draft.part(part)).and_then(|part| part.text.as_ref()).map_or(0, |text| text.len() as u64)
}

fn placed(version: u64, epoch: Option<u32>, next_offset: u64) -> String {
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.field("version", &version).field("epoch", &epoch).field("nextOffset", &next_offset);
    object.close();
    out
}

/// Writes a page of messages, newest first.
pub(crate) fn write_page(session: &Session, before: Option<Id>, limit: usize, out: &mut String) -> Result<(), Rejection> {
    let end = match before {
        Some(before) => session.messages.position(before).ok_or_else(|| Rejection::invalid("/cursor", "unknown"))?,
        None => session.messages.len(),
    };
    let start = end.saturating_sub(limit);
    let page = session.messages.iter().rev().skip(session.messages.len() - end).take(end - start);
    out.push_str("{\"items\":");
    write_list(page.clone(), out, |message, out| out.push_str(&message.json()));
    out.push_str(",\"nextCursor\":");
    page.last().filter(|_| start > 0).map(|oldest| oldest.id()).write(out);
    out.push('}');
    Ok(())
}

/// The table of errors, for hosts.
pub(crate) fn codes() -> Vec<colloq_abi::Code<'static>> {
    let row =
        |code: &Code| colloq_abi::Code { code: code.as_str(), status: code.status(), retryable: code.retryable(), title: code.title() };
    Code::ALL.iter().map(row).collect()
}

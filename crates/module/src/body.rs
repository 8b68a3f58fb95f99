//! The bodies of replies: what somebody sees of a state.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::{Code, Id, Rejection, Session, session_json};
use serde::Serialize;

use crate::note::Shape;

/// The body of a reply in a state.
pub(crate) fn shaped(shape: &Shape, session: &Session, touched_at: u64) -> Vec<u8> {
    let version = session.head.version;
    match shape {
        Shape::Session => session_json(session, touched_at, None),
        Shape::Context => serde_json::to_string(&*session.context).unwrap_or_default(),
        Shape::Message(id) => session.message(*id).map_or_else(|| format!("{{\"id\":\"{id}\"}}"), |message| message.json().into_owned()),
        Shape::Offset(id, part) => {
            let message = session.message(*id).and_then(colloq_core::Message::open);
            let part = message.and_then(|draft| draft.part(part.as_deref()));
            let next = part.and_then(|part| part.text.as_ref()).map_or(0, String::len);
            format!("{{\"version\":{version},\"nextOffset\":{next}}}")
        }
        Shape::Version => format!("{{\"version\":{version}}}"),
        Shape::Frame => String::new(),
    }
    .into_bytes()
}

/// A page of messages, newest first.
pub(crate) fn messages(session: &Session, before: Option<Id>, limit: usize) -> Result<Vec<u8>, Rejection> {
    let mut end = session.messages.len();
    if let Some(before) = before {
        let at = session.messages.iter().position(|message| message.id == before);
        end = at.ok_or_else(|| Rejection::invalid("/cursor", "unknown"))?;
    }
    let start = end.saturating_sub(limit);
    let page = &session.messages.last(session.messages.len())[start..end];
    let mut out = String::from("{\"items\":[");
    for (at, message) in page.iter().rev().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&message.json());
    }
    match page.first().filter(|_| start > 0) {
        Some(oldest) => {
            out.push_str("],\"nextCursor\":\"");
            oldest.id.write_to(&mut out);
            out.push_str("\"}");
        }
        None => out.push_str("],\"nextCursor\":null}"),
    }
    Ok(out.into_bytes())
}

/// The table of errors, for hosts.
pub(crate) fn codes() -> Vec<colloq_abi::Code<'static>> {
    let row =
        |code: &Code| colloq_abi::Code { code: code.as_str(), status: code.status(), retryable: code.retryable(), title: code.title() };
    Code::ALL.iter().map(row).collect()
}

/// JSON of a value that always encodes.
pub(crate) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("it holds text and numbers alone")
}

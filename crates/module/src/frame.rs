//! The frames that a module writes: `snapshot` and `rejected`. Entries are framed by the host, out of bytes that it does not read.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::{CommandId, Id, Rejection, Session};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A `submit` frame. Each command is read by itself, so that one that is malformed does not take the others with it.
#[derive(Deserialize)]
pub(crate) struct Submit<'a> {
    #[serde(default)]
    pub(crate) base: u64,
    #[serde(borrow)]
    pub(crate) commands: Vec<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rejected<'a> {
    kind: &'a str,
    session: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<CommandId>,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<u64>,
}

/// A `rejected` frame.
pub(crate) fn rejected(session: Id, id: Option<CommandId>, rejection: &Rejection) -> Vec<u8> {
    let frame = Rejected {
        kind: "rejected",
        session,
        id,
        code: rejection.code.as_str(),
        message: &rejection.message,
        next_offset: rejection.next_offset,
    };
    serde_json::to_vec(&frame).expect("a frame always encodes: it holds text and numbers alone")
}

/// A `snapshot` frame; `reset` says that the reader's history is not this log's.
pub(crate) fn snapshot(session: &Session, reset: bool) -> String {
    let (id, chain, state) = (session.id, session.head.chain, session.to_snapshot());
    let reset = if reset { ",\"reset\":true" } else { "" };
    format!("{{\"kind\":\"snapshot\",\"session\":\"{id}\",\"chain\":\"{chain}\"{reset},\"state\":{state}}}")
}

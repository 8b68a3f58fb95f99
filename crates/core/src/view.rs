//! The JSON that people read: the session of the HTTP interface, the view of the SDKs, and the row of a list.

use alloc::borrow::Cow;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::message::Body;
use crate::time::as_rfc3339;
use crate::{Auth, Context, Ended, Free, Id, Limits, Message, Session};

/// How many characters of the newest message a list shows.
const PREVIEW_CHARS: usize = 120;

/// A session without its messages, as it is read.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionHead<'a> {
    id: Id,
    app: &'a str,
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(with = "as_rfc3339")]
    #[cfg_attr(feature = "schema", schemars(with = "alloc::string::String"))]
    created_at: u64,
    #[serde(with = "as_rfc3339")]
    #[cfg_attr(feature = "schema", schemars(with = "alloc::string::String"))]
    last_activity: u64,
    is_active: bool,
    version: u64,
    has_earlier: bool,
    context: &'a Context,
    data: &'a Free,
    auth: Auth,
    limits: Limits,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forked_from: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
}

/// A row of a list of sessions.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionSummary<'a> {
    id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Cow<'a, str>>,
    #[serde(with = "as_rfc3339")]
    #[cfg_attr(feature = "schema", schemars(with = "alloc::string::String"))]
    last_activity: u64,
    message_count: u64,
    is_active: bool,
}

/// The session without its messages, as one JSON object.
pub fn head_json(session: &Session, touched_at: u64) -> String {
    let head = SessionHead {
        id: session.id,
        app: &session.app,
        user_id: &session.user_id,
        title: session.title.as_deref(),
        created_at: session.created_at,
        last_activity: touched_at.max(session.created_at),
        is_active: session.is_active(),
        version: session.head.version,
        has_earlier: session.trimmed > 0,
        context: &session.context,
        data: &session.data,
        auth: session.auth,
        limits: session.limits,
        summary: session.summary.as_deref(),
        forked_from: session.forked_from,
        ended: session.ended,
    };
    serde_json::to_string(&head).expect("a session always encodes: its keys are strings and its values are JSON")
}

/// The session as it is read, with its newest `last` messages (all without it). Sealed messages are copied.
pub fn session_json(session: &Session, touched_at: u64, last: Option<usize>) -> String {
    let mut out = head_json(session, touched_at);
    let messages = session.messages.last(last.unwrap_or(usize::MAX));
    out.pop();
    out.reserve(messages.iter().map(|message| message.json_len() + 1).sum::<usize>() + 16);
    out.push_str(",\"messages\":[");
    for (at, message) in messages.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&message.json());
    }
    out.push_str("]}");
    out
}

/// A row of a list of sessions.
pub fn summary_json(session: &Session, touched_at: u64) -> String {
    let summary = SessionSummary {
        id: session.id,
        title: session.title.as_deref(),
        preview: session.messages.iter().next_back().map(|message| preview(message)),
        last_activity: touched_at.max(session.created_at),
        message_count: session.trimmed + session.messages.len() as u64,
        is_active: session.is_active(),
    };
    serde_json::to_string(&summary).expect("a summary always encodes: its keys are strings")
}

/// The first characters of a message's content.
fn preview(message: &Message) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Content<'a> {
        #[serde(borrow)]
        content: Cow<'a, str>,
    }
    let content = match message.body() {
        Body::Open(draft) => draft.content(),
        Body::Sealed(json) => serde_json::from_str::<Content<'_>>(json).map_or(Cow::Borrowed(""), |message| message.content),
    };
    match content.char_indices().nth(PREVIEW_CHARS) {
        None => content,
        Some((end, _)) => Cow::Owned(content[..end].into()),
    }
}

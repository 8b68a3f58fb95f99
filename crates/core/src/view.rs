//! The JSON that people read: the session of the HTTP interface, the view of the SDKs, and the row of a list.

use alloc::string::String;

use crate::Session;
use crate::json::{Json, Object, Reader, key, piece, write_text};
use crate::messages::Message;
use crate::time::Time;

/// How many characters of the newest message a list shows.
const PREVIEW_CHARS: usize = 120;

/// The session without its messages, as one JSON object.
pub fn head_json(session: &Session, touched_at: u64) -> String {
    let mut out = String::with_capacity(640);
    write_head(session, touched_at, &mut out);
    out.push('}');
    out
}

/// Writes the session without its messages, and leaves the object open. It is what a read does beside copying, so what every session has
/// is written without a detour.
fn write_head(session: &Session, touched_at: u64, out: &mut String) {
    let mut object = Object::open(out);
    session.id.write(object.begin(key!("id")));
    write_text(&session.app, object.begin(key!("app")));
    write_text(&session.user_id, object.begin(key!("userId")));
    object.field("title", &session.title);
    Time(session.created_at).write(object.begin(key!("createdAt")));
    Time(touched_at.max(session.created_at)).write(object.begin(key!("lastActivity")));
    session.is_active().write(object.begin(key!("isActive")));
    session.head.version.write(object.begin(key!("version")));
    (session.trimmed > 0).write(object.begin(key!("hasEarlier")));
    session.context().write(object.begin(key!("context")));
    session.data.write(object.begin(key!("data")));
    session.auth.write(object.begin(key!("auth")));
    session.limits.write(object.begin(key!("limits")));
    object.field("summary", &session.summary).field("forkedFrom", &session.forked_from).field("ended", &session.ended);
}

/// The session as it is read, with its newest `last` messages (all without it). Sealed messages are copied.
pub fn session_json(session: &Session, touched_at: u64, last: Option<usize>) -> String {
    let mut out = String::new();
    write_session(session, touched_at, last, &mut out);
    out
}

/// Writes the session as it is read onto a text.
pub fn write_session(session: &Session, touched_at: u64, last: Option<usize>, out: &mut String) {
    let last = last.unwrap_or(usize::MAX);
    let bytes = if last >= session.messages.len() { session.messages.json_len() } else { 512 * last };
    out.reserve(bytes + 1024);
    write_head(session, touched_at, out);
    out.push_str(",\"messages\":[");
    session.messages.write_last(last, out);
    out.push_str("]}");
}

/// A row of a list of sessions.
pub fn summary_json(session: &Session, touched_at: u64) -> String {
    let mut out = String::with_capacity(320);
    let mut object = Object::open(&mut out);
    session.id.write(object.begin(key!("id")));
    object.field("title", &session.title);
    if let Some(message) = session.messages.last() {
        write_preview(message, object.begin(key!("preview")));
    }
    Time(touched_at.max(session.created_at)).write(object.begin(key!("lastActivity")));
    (session.trimmed + session.messages.len() as u64).write(object.begin(key!("messageCount")));
    session.is_active().write(object.begin(key!("isActive")));
    object.close();
    out
}

/// Writes the first characters of a message's content. Of a sealed one they are copied as they stand.
fn write_preview(message: Message<'_>, out: &mut String) {
    if let Some(draft) = message.open() {
        let content = draft.content();
        let end = content.char_indices().nth(PREVIEW_CHARS).map_or(content.len(), |(end, _)| end);
        return write_text(piece(&content, 0, end), out);
    }
    let json = message.json();
    let Some(content) = Reader::new(&json).member("content") else { return out.push_str("\"\"") };
    out.push_str(content.text_prefix(PREVIEW_CHARS));
    out.push('"');
}

#[cfg(test)]
mod tests;

//! Snapshots: the whole state at a head as one JSON text, with the digest of the state in front.
//!
//! A snapshot is read from outside (a store, a frame), so reading checks the digest and every invariant, and says what was wrong where.
//! The digest is the hash of everything but the messages, and of the sum of the messages' checksums: the text alone says whether it is
//! whole, in every schema, and a state need not be written to be compared.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::clients::Clients;
use crate::entry::SCHEMA;
use crate::json::{Json, JsonError, Object, Reader};
use crate::message::{Draft, Status};
use crate::messages::{Messages, checksum};
use crate::once::Keys;
use crate::session::{Auth, Ended};
use crate::sort::sort;
use crate::streams::{STREAMS_MAX, Streams};
use crate::time::LATEST_MS;
use crate::upgrade::{self, Older};
use crate::{Chain, Context, Free, Head, Id, Limits, Session};

/// Why a text is not a snapshot that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A later schema than this core knows.
    Outdated(u32),
    /// Its bytes are not those that were written.
    Digest,
    /// Not a snapshot, or one that breaks an invariant; says what and in which field.
    Malformed(String),
}

impl SnapshotError {
    /// All of it in one sentence.
    pub fn said(&self) -> String {
        match self {
            Self::Outdated(_) => "the snapshot is of a later schema".into(),
            Self::Digest => "the snapshot's bytes are not those that were written".into(),
            Self::Malformed(why) => why.clone(),
        }
    }
}

/// A snapshot without its digest and its messages.
struct Wire {
    schema: u32,
    id: Id,
    app: Arc<str>,
    user_id: Arc<str>,
    title: Option<Arc<str>>,
    created_at: u64,
    now: u64,
    version: u64,
    trimmed: u64,
    context: Option<Context>,
    data: Free,
    auth: Auth,
    limits: Limits,
    summary: Option<Arc<str>>,
    forked_from: Option<Id>,
    ended: Option<Ended>,
    clients: Clients,
    keys: Keys,
    streams: Streams,
    messages: Vec<Draft>,
}

crate::json!(Wire {
    schema: u32 = "schema",
    id: Id = "id",
    app: Arc<str> = "app",
    user_id: Arc<str> = "userId",
    title: Option<Arc<str>> = "title",
    created_at: u64 = "createdAt",
    now: u64 = "now",
    version: u64 = "version",
    trimmed: u64 = "trimmed",
    context: Option<Context> = "context",
    data: Free = "data",
    auth: Auth = "auth",
    limits: Limits = "limits",
    summary: Option<Arc<str>> = "summary",
    forked_from: Option<Id> = "forkedFrom",
    ended: Option<Ended> = "ended",
    clients: Clients = "clients",
    keys: Keys = "keys",
    streams: Streams = "streams",
    messages: Vec<Draft> = "messages",
});

const DIGEST_KEY: &str = "{\"digest\":\"";
/// Where the digested text begins: behind the key, 64 hex digits, a quote and a comma.
const BODY_AT: usize = DIGEST_KEY.len() + 66;
/// What stands between the rest of the state and the messages.
const MESSAGES_KEY: &str = ",\"messages\":[";

impl Session {
    /// The digest of the state.
    pub fn digest(&self) -> Chain {
        digest(&self.body(), self.messages.len(), self.messages.checksum())
    }

    /// The snapshot's text.
    pub fn to_snapshot(&self) -> String {
        let body = self.body();
        let mut out = String::with_capacity(BODY_AT + body.len() + self.messages.json_len() + 32);
        out.push_str("{\"digest\":");
        digest(&body, self.messages.len(), self.messages.checksum()).write(&mut out);
        out.push(',');
        out.push_str(&body);
        out.push_str(MESSAGES_KEY);
        self.messages.write_last(usize::MAX, &mut out);
        out.push_str("]}");
        out
    }

    /// The state that a snapshot's text holds, at a chain that is kept beside it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn from_snapshot(text: &str, chain: Chain) -> Result<Self, SnapshotError> {
        let body = text.get(BODY_AT..).filter(|_| text.starts_with(DIGEST_KEY));
        let body = body.ok_or_else(|| SnapshotError::Malformed("no digest stands in front, in /digest".into()))?;
        let json = ["{", body].concat();
        let current = upgrade::snapshot(&json).map_err(|why| match why {
            Older::Later(schema) => SnapshotError::Outdated(schema),
            Older::Malformed(error) => malformed(&error),
        })?;
        if text.get(DIGEST_KEY.len()..DIGEST_KEY.len() + 64).and_then(Chain::from_text) != Some(digest_of(body)?) {
            return Err(SnapshotError::Digest);
        }
        let wire = Wire::from_json(&current).map_err(|error| malformed(&error))?;
        #[cfg(feature = "planted")]
        if crate::planted::is_planted(crate::planted::Planted::ForgetsClients) {
            let clients = crate::clients::Clients::default();
            return from_wire(wire, chain).map(|session| Self { clients, ..session });
        }
        from_wire(wire, chain)
    }

    /// The state's text without its braces and its messages.
    fn body(&self) -> String {
        let mut out = String::with_capacity(768);
        let mut object = Object::open(&mut out);
        object.field("schema", &SCHEMA).field("id", &self.id).field("app", &self.app).field("userId", &self.user_id);
        object.field("title", &self.title).field("createdAt", &self.created_at).field("now", &self.now);
        object.field("version", &self.head.version).field("trimmed", &self.trimmed);
        if let Some(context) = &self.context {
            object.field("context", &**context);
        }
        object.field("data", &self.data).field("auth", &self.auth).field("limits", &self.limits).field("summary", &self.summary);
        object.field("forkedFrom", &self.forked_from).field("ended", &self.ended).field("clients", &self.clients);
        object.field("keys", &self.keys).field("streams", &self.streams);
        out.remove(0);
        out
    }
}

fn digest(body: &str, count: usize, checksum: u64) -> Chain {
    let mut hasher = blake3::Hasher::new();
    hasher.update(body.as_bytes()).update(&(count as u64).to_le_bytes()).update(&checksum.to_le_bytes());
    Chain(*hasher.finalize().as_bytes())
}

/// The digest of the state whose text this is, whatever its schema.
///
/// # Errors
/// Where the text is not the rest of a snapshot.
pub fn digest_of(body: &str) -> Result<Chain, SnapshotError> {
    let json = ["{", body].concat();
    let mut reader =
        Reader::new(&json).member("messages").ok_or_else(|| SnapshotError::Malformed("the field is missing, in /messages".into()))?;
    // In front of the list stand a comma and the key.
    let at = reader.position().saturating_sub(MESSAGES_KEY.len());
    let items = reader.items().map_err(|error| malformed(&error.within("messages")))?;
    // The digest is that of what stands in front of the messages, so nothing may stand behind them.
    let end = reader.position();
    let rest = body.get(..at).filter(|_| json.get(end..) == Some("}")).ok_or(SnapshotError::Digest)?;
    Ok(digest(rest, items.len(), items.iter().fold(0, |sum, item| sum.wrapping_add(checksum(item)))))
}

fn malformed(error: &JsonError) -> SnapshotError {
    SnapshotError::Malformed(error.said())
}

fn from_wire(wire: Wire, chain: Chain) -> Result<Session, SnapshotError> {
    if let Some((what, pointer)) = first_invalid(&wire) {
        return Err(SnapshotError::Malformed([what, ", in ", &pointer].concat()));
    }
    let mut messages = Messages::default();
    wire.messages.into_iter().for_each(|draft| messages.push(draft));
    Ok(Session {
        id: wire.id,
        app: wire.app,
        user_id: wire.user_id,
        title: wire.title,
        created_at: wire.created_at,
        now: wire.now,
        head: Head { version: wire.version, chain },
        messages,
        trimmed: wire.trimmed,
        context: wire.context.map(Arc::new),
        data: wire.data,
        auth: wire.auth,
        limits: wire.limits,
        summary: wire.summary,
        forked_from: wire.forked_from,
        ended: wire.ended,
        clients: wire.clients,
        keys: wire.keys,
        streams: wire.streams,
    })
}

/// No count is higher: there is room above it for as long as anybody counts, and every reader of JSON keeps it.
pub(crate) const COUNT_MAX: u64 = 1 << 52;

/// The first invariant of a state that is broken, and the field at fault.
fn first_invalid(wire: &Wire) -> Option<(&'static str, String)> {
    let checks = [
        ((1..=COUNT_MAX).contains(&wire.version), "a session that exists has a version", "/version"),
        (wire.now <= LATEST_MS, "it is later than the year 9999", "/now"),
        (wire.created_at <= wire.now, "it was created after its last entry", "/createdAt"),
        (wire.trimmed <= COUNT_MAX, "so much was never said", "/trimmed"),
        (!wire.user_id.is_empty(), "a session is somebody's", "/userId"),
        (wire.data.is_object(), "data is an object", "/data"),
        (wire.auth.is_valid(wire.now), "nobody signs in so often, or later than the last entry", "/auth"),
        (wire.ended.is_none_or(|ended| ended.at.0 <= wire.now), "it ended after its last entry", "/ended/at"),
        (wire.ended.is_none() || wire.streams.len() == 0, "nothing streams in a session that ended", "/streams"),
        (wire.streams.is_valid(wire.now), "a stream has an epoch, and a deadline within a minute", "/streams"),
        (wire.keys.is_valid(wire.version, wire.now), "the idempotency keys cannot be", "/keys"),
    ];
    if let Some((_, what, pointer)) = checks.iter().find(|(is_valid, ..)| !is_valid) {
        return Some((what, String::from(*pointer)));
    }
    if let Some(pointer) = wire.context.as_ref().and_then(Context::first_invalid) {
        return Some(("a context cannot hold this", ["/context", pointer].concat()));
    }
    if let Some(key) = wire.limits.first_invalid() {
        return Some(("out of range", ["/limits/", key].concat()));
    }
    if let Some(pointer) = wire.clients.first_invalid(wire.version) {
        return Some(("the table of clients cannot be", ["/clients", pointer].concat()));
    }
    first_invalid_message(wire)
}

fn in_message(at: usize, field: &str) -> String {
    ["/messages/", &(at as u64).to_json(), field].concat()
}

fn first_invalid_message(wire: &Wire) -> Option<(&'static str, String)> {
    let mut ids: Vec<(Id, usize)> = wire.messages.iter().enumerate().map(|(at, message)| (message.id, at)).collect();
    sort(&mut ids, &|one, other| one < other);
    if let Some(pair) = ids.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Some(("two messages have one id", in_message(pair[1].1, "/id")));
    }
    for (at, message) in wire.messages.iter().enumerate() {
        if message.parts.iter().enumerate().any(|(at, part)| message.parts[..at].iter().any(|other| other.id == part.id)) {
            return Some(("two parts have one id", in_message(at, "/parts")));
        }
        if message.metadata.as_ref().is_some_and(|metadata| !metadata.is_object()) {
            return Some(("metadata is an object", in_message(at, "/metadata")));
        }
        if (message.status == Status::Streaming) != wire.streams.get(message.id).is_some() {
            return Some(("a message streams if it is among the streams", in_message(at, "/status")));
        }
    }
    let open = wire.messages.iter().filter(|message| message.status == Status::Streaming).count();
    if open != wire.streams.len() || open > STREAMS_MAX {
        return Some(("the streams are not the messages that stream", "/streams".into()));
    }
    None
}

#[cfg(test)]
mod tests;

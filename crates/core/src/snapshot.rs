//! Snapshots: the whole state at a head as one JSON text, with a digest over its own bytes in front.
//!
//! A snapshot is read from outside (a store, a frame), so reading checks the digest and every invariant, and says what was wrong where.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clients::Clients;
use crate::entry::SCHEMA;
use crate::message::{Draft, Message, Status};
use crate::messages::Messages;
use crate::streams::Streams;
use crate::{Auth, Chain, Context, Ended, Free, Head, Id, Limits, Session};

/// Why a text is not a snapshot that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A later schema than this core knows.
    Outdated(u32),
    /// Its bytes are not those that were written.
    Digest,
    /// Not a snapshot, or one that breaks an invariant; says where.
    Malformed(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    schema: u32,
    id: Id,
    app: Cow<'a, str>,
    user_id: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    created_at: u64,
    now: u64,
    version: u64,
    trimmed: u64,
    context: Cow<'a, Context>,
    data: Cow<'a, Free>,
    auth: Auth,
    limits: Limits,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forked_from: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
    clients: Cow<'a, Clients>,
    streams: Cow<'a, Streams>,
    #[serde(borrow)]
    messages: Vec<Cow<'a, RawValue>>,
}

const DIGEST_KEY: &str = "{\"digest\":\"";
/// Where the digested text begins: behind the key, 64 hex digits, a quote and a comma.
const BODY_AT: usize = DIGEST_KEY.len() + 66;

impl Session {
    /// The digest of the state: the hash of its snapshot's text behind the digest itself.
    pub fn digest(&self) -> Chain {
        Chain(*blake3::hash(self.body().as_bytes()).as_bytes())
    }

    /// The snapshot's text.
    pub fn to_snapshot(&self) -> String {
        let body = self.body();
        let digest = Chain(*blake3::hash(body.as_bytes()).as_bytes()).to_string();
        [DIGEST_KEY, &digest, "\",", &body].concat()
    }

    /// The state that a snapshot's text holds, at a chain that is kept beside it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn from_snapshot(text: &str, chain: Chain) -> Result<Self, SnapshotError> {
        let body = text.get(BODY_AT..).filter(|_| text.starts_with(DIGEST_KEY));
        let body = body.ok_or_else(|| SnapshotError::Malformed("/digest: missing".into()))?;
        let digest = Chain(*blake3::hash(body.as_bytes()).as_bytes()).to_string();
        if text.get(DIGEST_KEY.len()..DIGEST_KEY.len() + 64) != Some(&digest) {
            return Err(SnapshotError::Digest);
        }
        let json = ["{", body].concat();
        let wire: Wire<'_> = serde_json::from_str(&json).map_err(|error| later_schema(&json, &error))?;
        if wire.schema > SCHEMA {
            return Err(SnapshotError::Outdated(wire.schema));
        }
        from_wire(wire, chain)
    }

    /// The snapshot's text without the opening brace and the digest.
    fn body(&self) -> String {
        let messages = self
            .messages
            .iter()
            .map(|message| RawValue::from_string(message.json().into_owned()).map(Cow::Owned).expect("a message's JSON is valid"));
        let wire = Wire {
            schema: SCHEMA,
            id: self.id,
            app: Cow::Borrowed(&self.app),
            user_id: Cow::Borrowed(&self.user_id),
            title: self.title.as_deref().map(Cow::Borrowed),
            created_at: self.created_at,
            now: self.now,
            version: self.head.version,
            trimmed: self.trimmed,
            context: Cow::Borrowed(&self.context),
            data: Cow::Borrowed(&self.data),
            auth: self.auth,
            limits: self.limits,
            summary: self.summary.as_deref().map(Cow::Borrowed),
            forked_from: self.forked_from,
            ended: self.ended,
            clients: Cow::Borrowed(&self.clients),
            streams: Cow::Borrowed(&self.streams),
            messages: messages.collect(),
        };
        let mut json = serde_json::to_string(&wire).expect("a state always encodes: its keys are strings and its values are JSON");
        json.remove(0);
        json
    }
}

/// A later schema may well look malformed to this core.
fn later_schema(json: &str, error: &serde_json::Error) -> SnapshotError {
    #[derive(Deserialize)]
    struct Envelope {
        schema: u32,
    }
    match serde_json::from_str::<Envelope>(json) {
        Ok(envelope) if envelope.schema > SCHEMA => SnapshotError::Outdated(envelope.schema),
        _ => SnapshotError::Malformed(error.to_string()),
    }
}

fn from_wire(wire: Wire<'_>, chain: Chain) -> Result<Session, SnapshotError> {
    let malformed = |what: &str| SnapshotError::Malformed(what.into());
    let mut messages = Messages::default();
    for (at, raw) in wire.messages.iter().enumerate() {
        let message = read_message(raw.get()).map_err(|error| SnapshotError::Malformed(alloc::format!("/messages/{at}: {error}")))?;
        if messages.find(message.id).is_some() {
            return Err(SnapshotError::Malformed(alloc::format!("/messages/{at}/id: twice")));
        }
        messages.push(message);
    }
    if wire.version == 0 {
        return Err(malformed("/version: zero"));
    }
    if !wire.data.is_object() {
        return Err(malformed("/data: not an object"));
    }
    if let Some(pointer) = wire.context.first_invalid() {
        return Err(SnapshotError::Malformed(alloc::format!("/context{pointer}: not allowed")));
    }
    let open = messages.iter().filter(|message| message.status == Status::Streaming).count();
    if open != wire.streams.len() {
        return Err(malformed("/streams: not the messages that stream"));
    }
    let text = |text: Cow<'_, str>| -> Box<str> { text.into_owned().into_boxed_str() };
    Ok(Session {
        id: wire.id,
        app: text(wire.app),
        user_id: text(wire.user_id),
        title: wire.title.map(text),
        created_at: wire.created_at,
        now: wire.now,
        head: Head { version: wire.version, chain },
        messages,
        trimmed: wire.trimmed,
        context: Arc::new(wire.context.into_owned()),
        data: wire.data.into_owned(),
        auth: wire.auth,
        limits: wire.limits,
        summary: wire.summary.map(text),
        forked_from: wire.forked_from,
        ended: wire.ended,
        clients: wire.clients.into_owned(),
        streams: wire.streams.into_owned(),
    })
}

/// Reads a message; it is written again by this core, so that what is kept is what this core would have made.
fn read_message(json: &str) -> Result<Message, serde_json::Error> {
    serde_json::from_str::<Draft>(json).map(Message::new)
}

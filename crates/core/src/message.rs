//! A message: open while it streams, sealed (kept as the JSON that is sent) once it is done.
//!
//! A sealed message is never decoded to be read: a read copies its bytes.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::command::NewMessage;
use crate::stamp::{Actor, Role, Stamp};
use crate::time::as_rfc3339;
use crate::{Free, Id};

/// The id of the text part that `content` alone makes.
pub(crate) const FIRST_PART: &str = "0";

/// Who a message is from, in the terms of a language model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum MessageType {
    /// From the person.
    User,
    /// From the agent that answers.
    Assistant,
    /// Instructions.
    System,
    /// The result of a tool.
    Tool,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It grows by deltas.
    Streaming,
    /// It is whole.
    Complete,
    /// Somebody in the session stopped it; what was there stays.
    Stopped,
    /// It was talked over; its content is what was heard.
    Interrupted,
    /// Its producer failed or fell silent; what was there stays.
    Failed,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Author {
    /// In which role.
    pub role: Role,
    /// The user's or agent's id.
    pub id: Box<str>,
    /// A name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
}

impl From<&Actor> for Author {
    fn from(actor: &Actor) -> Self {
        Self { role: actor.role, id: actor.id.clone(), name: actor.name.clone() }
    }
}

/// Why a message failed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// A code of the producer's.
    pub code: Box<str>,
    /// One sentence.
    pub message: Box<str>,
}

/// A part of a message: the AI SDK's `UIMessage` part plus an id. Parts of type `text` make up the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Unique within its message.
    pub id: Box<str>,
    /// `text`, `reasoning`, `tool-...`, `file` ...
    pub kind: Box<str>,
    /// The text, where the part has some.
    pub text: Option<String>,
    /// Whatever else the application keeps in it.
    pub extra: Map<String, Value>,
}

impl Part {
    /// A text part.
    pub fn text(id: &str, text: impl Into<String>) -> Self {
        Self { id: id.into(), kind: "text".into(), text: Some(text.into()), extra: Map::new() }
    }

    /// Whether it belongs to the content.
    pub fn is_text(&self) -> bool {
        &*self.kind == "text"
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("type", &self.kind)?;
        if let Some(text) = &self.text {
            map.serialize_entry("text", text)?;
        }
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Value::Object(mut fields) = crate::free::checked_value(deserializer)? else {
            return Err(de::Error::custom("a part is an object"));
        };
        let mut take = |key: &str| match fields.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(de::Error::custom("id, type and text of a part are strings")),
        };
        let (id, kind, text) = (take("id")?, take("type")?, take("text")?);
        let kind = kind.ok_or_else(|| de::Error::missing_field("type"))?;
        Ok(Self { id: id.unwrap_or_default().into(), kind: kind.into(), text, extra: fields })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Part {
    fn schema_name() -> Cow<'static, str> {
        "Part".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A part of a message: the AI SDK's UIMessage part plus an id. Parts of type text make up the content.",
            "properties": { "id": { "type": "string" }, "type": { "type": "string" }, "text": { "type": "string" } },
            "required": ["id", "type"],
            "additionalProperties": true
        })
    }
}

/// A message whose fields are at hand: what streams, or is being built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: Id,
    /// Who it is from.
    pub kind: MessageType,
    /// How far it is.
    pub status: Status,
    /// When it was accepted, in milliseconds since 1970.
    pub timestamp: u64,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Who wrote it.
    pub author: Author,
    /// The message that it answers.
    pub reply_to: Option<Id>,
    /// The application's name for a turn of the talk.
    pub turn: Option<Box<str>>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// The application's notes, among them `apiCalls` and `processingTime`.
    pub metadata: Option<Free>,
}

/// A message as it is sent; `content` is its text parts joined.
// A draft's JSON. The content is written for readers and ignored when it is read back.
#[derive(serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Message"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wire<'a> {
    id: Id,
    r#type: MessageType,
    #[serde(borrow)]
    content: Cow<'a, str>,
    #[serde(with = "as_rfc3339")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    timestamp: u64,
    status: Status,
    parts: Cow<'a, [Part]>,
    author: Cow<'a, Author>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turn: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, Failure>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Cow<'a, Free>>,
}

impl Draft {
    /// What an accepted message is at first. The message was checked, and has an id.
    pub(crate) fn new(message: &NewMessage, id: Id, stamp: &Stamp) -> Self {
        let parts = match (&message.parts, &message.content) {
            (Some(parts), _) => parts.clone(),
            (None, content) => alloc::vec![Part::text(FIRST_PART, content.as_deref().unwrap_or_default())],
        };
        Self {
            id,
            kind: message.r#type,
            status: message.status.unwrap_or(Status::Complete),
            timestamp: stamp.now,
            parts,
            author: Author::from(&stamp.actor),
            reply_to: message.reply_to,
            turn: message.turn.clone(),
            error: None,
            metadata: message.metadata.clone(),
        }
    }

    /// The text parts joined.
    pub fn content(&self) -> Cow<'_, str> {
        let mut texts = self.parts.iter().filter(|part| part.is_text()).filter_map(|part| part.text.as_deref());
        let first = texts.next().unwrap_or_default();
        texts.fold(Cow::Borrowed(first), |joined, text| joined + text)
    }

    /// The bytes that count against the session's content.
    pub fn content_bytes(&self) -> u32 {
        self.parts.iter().filter_map(|part| part.text.as_ref()).map(|text| text.len() as u32).sum()
    }

    /// The part that a delta means: by id, or the first text part.
    pub fn part(&self, id: Option<&str>) -> Option<&Part> {
        match id {
            Some(id) => self.parts.iter().find(|part| &*part.id == id),
            None => self.parts.iter().find(|part| part.is_text()),
        }
    }

    /// Its JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a message always encodes: its keys are strings and its values are JSON")
    }
}

impl Serialize for Draft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = Wire {
            id: self.id,
            r#type: self.kind,
            content: self.content(),
            timestamp: self.timestamp,
            status: self.status,
            parts: Cow::Borrowed(&self.parts),
            author: Cow::Borrowed(&self.author),
            reply_to: self.reply_to,
            turn: self.turn.as_deref().map(Cow::Borrowed),
            error: self.error.as_ref().map(Cow::Borrowed),
            metadata: self.metadata.as_ref().map(Cow::Borrowed),
        };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Draft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Ok(Self {
            id: wire.id,
            kind: wire.r#type,
            status: wire.status,
            timestamp: wire.timestamp,
            parts: wire.parts.into_owned(),
            author: wire.author.into_owned(),
            reply_to: wire.reply_to,
            turn: wire.turn.map(|turn| turn.into_owned().into()),
            error: wire.error.map(Cow::into_owned),
            metadata: wire.metadata.map(Cow::into_owned),
        })
    }
}

/// A message of a session. What rules ask for often stands beside the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: Id,
    /// The message that it answers.
    pub reply_to: Option<Id>,
    /// The bytes of its texts.
    pub content_bytes: u32,
    /// Who it is from.
    pub kind: MessageType,
    /// How far it is.
    pub status: Status,
    body: Body,
}

/// What a message is kept as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Still growing.
    Open(Box<Draft>),
    /// Its JSON.
    Sealed(Box<str>),
}

impl Message {
    /// Opens a draft that streams and seals any other.
    pub fn new(draft: Draft) -> Self {
        let (id, reply_to, content_bytes, kind, status) = (draft.id, draft.reply_to, draft.content_bytes(), draft.kind, draft.status);
        let body = match status {
            Status::Streaming => Body::Open(Box::new(draft)),
            _ => Body::Sealed(draft.to_json().into_boxed_str()),
        };
        Self { id, reply_to, content_bytes, kind, status, body }
    }

    /// The JSON that is sent.
    pub fn json(&self) -> Cow<'_, str> {
        match &self.body {
            Body::Open(draft) => Cow::Owned(draft.to_json()),
            Body::Sealed(json) => Cow::Borrowed(json),
        }
    }

    /// The length of its JSON where that is known, so that a reader can make room for all at once.
    pub(crate) fn json_len(&self) -> usize {
        match &self.body {
            Body::Open(_) => self.content_bytes as usize * 2,
            Body::Sealed(json) => json.len(),
        }
    }

    /// What it is kept as.
    pub(crate) fn body(&self) -> &Body {
        &self.body
    }

    /// The draft of a message that streams.
    pub fn open(&self) -> Option<&Draft> {
        match &self.body {
            Body::Open(draft) => Some(draft),
            Body::Sealed(_) => None,
        }
    }

    /// The fields, decoded where the message is sealed.
    pub fn to_draft(&self) -> Draft {
        match &self.body {
            Body::Open(draft) => (**draft).clone(),
            Body::Sealed(json) => serde_json::from_str(json).expect("a sealed message is the JSON of a draft"),
        }
    }

    /// Changes the draft of a message that streams, in place where nobody else holds it; seals it if it no longer streams.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Draft)) {
        match &mut self.body {
            Body::Open(draft) => {
                change(draft);
                self.content_bytes = draft.content_bytes();
                self.status = draft.status;
                if draft.status != Status::Streaming {
                    self.body = Body::Sealed(draft.to_json().into_boxed_str());
                }
            }
            Body::Sealed(_) => {
                let mut draft = self.to_draft();
                change(&mut draft);
                *self = Self::new(draft);
            }
        }
    }
}

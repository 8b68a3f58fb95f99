//! A message: open while it streams, sealed (kept as the JSON that is sent) once it is done.
//!
//! A sealed message is never decoded to be read: a read copies its bytes.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::command::NewMessage;
use crate::free::Fields;
use crate::json::{Json, JsonError, Object, Reader, key, shape, words, write_text};
use crate::stamp::{Actor, Role, Stamp};
use crate::time::Time;
use crate::{Free, Id};

/// The id of the text part that `content` alone makes.
const FIRST_PART: &str = "0";

words! {
    /// Who a message is from, in the terms of a language model.
    pub enum MessageType {
        /// From the person.
        User = "user",
        /// From the agent that answers.
        Assistant = "assistant",
        /// Instructions.
        System = "system",
        /// The result of a tool.
        Tool = "tool",
    }
}

words! {
    /// How far a message is.
    pub enum Status {
        /// It grows by deltas.
        Streaming = "streaming",
        /// It is whole.
        Complete = "complete",
        /// Somebody in the session stopped it; what was there stays.
        Stopped = "stopped",
        /// It was talked over; its content is what was heard.
        Interrupted = "interrupted",
        /// Its producer failed or fell silent; what was there stays.
        Failed = "failed",
    }
}

shape! {
    /// Who wrote a message.
    pub struct Author {
        /// In which role.
        pub role: Role = "role",
        /// The user's or agent's id.
        pub id: Arc<str> = "id",
        /// A name to show.
        pub name: Option<Box<str>> = "name",
    }
}

impl From<&Actor> for Author {
    fn from(actor: &Actor) -> Self {
        Self { role: actor.role, id: actor.id.clone(), name: actor.name.clone() }
    }
}

shape! {
    /// Why a message failed.
    pub struct Failure: strict {
        /// A code of the producer's.
        pub code: Box<str> = "code",
        /// One sentence.
        pub message: Box<str> = "message",
    }
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
    /// Whatever else the application keeps in it: an object.
    pub extra: Free,
}

impl Part {
    /// A text part.
    pub fn text(id: &str, text: impl Into<String>) -> Self {
        Self { id: id.into(), kind: "text".into(), text: Some(text.into()), extra: Free::EMPTY }
    }

    /// Whether it belongs to the content.
    pub fn is_text(&self) -> bool {
        &*self.kind == "text"
    }
}

impl Json for Part {
    fn blank() -> Self {
        Self { id: Box::default(), kind: Box::default(), text: None, extra: Free::EMPTY }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let mut part = Self::blank();
        let mut extra = String::new();
        let mut fields = Fields::open(&mut extra);
        reader.object(&mut |reader, key| {
            let stood = match key {
                "id" => !part.id.is_empty(),
                "type" => !part.kind.is_empty(),
                "text" => part.text.is_some(),
                _ => false,
            };
            if stood {
                return Err(reader.error("the field stands there twice"));
            }
            match key {
                "id" => part.id.read_into(reader)?,
                "type" => part.kind.read_into(reader)?,
                "text" => part.text.read_into(reader)?,
                key => fields.copy(reader, key, 1)?,
            }
            Ok(true)
        })?;
        fields.close(reader)?;
        if part.kind.is_empty() {
            return Err(reader.error("the field is missing").within("type"));
        }
        part.extra = Free::of(extra);
        Ok(part)
    }

    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        write_text(&self.id, object.begin(key!("id")));
        write_text(&self.kind, object.begin(key!("type")));
        object.field("text", &self.text);
        object.inner(self.extra.as_str());
        object.close();
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
        self.parts.iter().find(|part| part.is_meant(id))
    }

    /// The id of the text part that a delta without a part begins, where there is none yet: the first number that no part has.
    pub fn fresh_part_id(parts: &[&str]) -> String {
        let is_free = |id: &String| !parts.contains(&id.as_str());
        (0..=parts.len() as u64).map(|number| number.to_json()).find(is_free).unwrap_or_default()
    }

    /// The same, to change.
    pub(crate) fn part_mut(&mut self, id: Option<&str>) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.is_meant(id))
    }

    /// Cuts the content to so many bytes, or to the character before.
    pub(crate) fn cut(&mut self, heard: u64) {
        let mut left = usize::try_from(heard).unwrap_or(usize::MAX);
        let texts = self.parts.iter_mut().filter(|part| part.is_text()).filter_map(|part| part.text.as_mut());
        for text in texts {
            if text.len() > left {
                text.truncate(text.floor_char_boundary(left));
                left = 0;
            }
            left = left.saturating_sub(text.len());
        }
    }
}

impl Part {
    fn is_meant(&self, id: Option<&str>) -> bool {
        id.map_or_else(|| self.is_text(), |id| &*self.id == id)
    }
}

/// The content is written for readers, and passed over when it is read back.
impl Json for Draft {
    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        Read::read(reader).map(|read| Self {
            id: read.id,
            kind: read.kind,
            status: read.status,
            timestamp: read.timestamp.0,
            parts: read.parts,
            author: read.author,
            reply_to: read.reply_to,
            turn: read.turn,
            error: read.error,
            metadata: read.metadata,
        })
    }

    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        self.id.write(object.begin(key!("id")));
        self.kind.write(object.begin(key!("type")));
        write_text(&self.content(), object.begin(key!("content")));
        Time(self.timestamp).write(object.begin(key!("timestamp")));
        self.status.write(object.begin(key!("status")));
        self.parts.write(object.begin(key!("parts")));
        self.author.write(object.begin(key!("author")));
        object.field("replyTo", &self.reply_to).field("turn", &self.turn);
        object.field("error", &self.error).field("metadata", &self.metadata);
        object.close();
    }
}

shape! {
    /// A message as it is sent; `content` is its text parts joined.
    #[cfg_attr(feature = "schema", schemars(rename = "Message"))]
    pub(crate) struct Read {
        id: Id = "id",
        kind: MessageType = "type",
        content: Passed = "content",
        timestamp: Time = "timestamp",
        status: Status = "status",
        parts: Vec<Part> = "parts",
        author: Author = "author",
        reply_to: Option<Id> = "replyTo",
        turn: Option<Box<str>> = "turn",
        error: Option<Failure> = "error",
        metadata: Option<Free> = "metadata",
    }
}

/// Content that is not read: the parts say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed;

impl Json for Passed {
    fn blank() -> Self {
        Self
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        reader.skip().map(|_| Self)
    }

    fn write(&self, out: &mut String) {
        out.push_str("\"\"");
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Passed {
    fn schema_name() -> Cow<'static, str> {
        "String".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

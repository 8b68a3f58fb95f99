//! Commands: what a client asks for. A command brings the ids of what it creates; it never says who, when, or anything random.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::code::{Code, Rejection};
use crate::context::{Context, Issue, PreferencesPatch, Project};
use crate::json::{Json, JsonError, Reader, shape};
use crate::limits::LimitsPatch;
use crate::message::{Failure, MessageType, Part, Status};
use crate::once::Once;
use crate::restored::Restored;
use crate::session::EndReason;
use crate::{Free, Id};

/// Names a command: the client (a page load, an agent's run) and its count from 1 in this session. In JSON `[client, seq]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandId(pub Id, pub u64);

impl Json for CommandId {
    fn blank() -> Self {
        Self(Id::blank(), 0)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let (mut client, mut seq) = (None, None);
        reader.array(&mut |reader| {
            match (client, seq) {
                (None, _) => client = Some(Id::read(reader)?),
                (_, None) => seq = Some(u64::read(reader)?),
                _ => return Err(reader.error("an id is [client, seq]")),
            }
            Ok(())
        })?;
        client.zip(seq).map(|(client, seq)| Self(client, seq)).ok_or_else(|| reader.error("an id is [client, seq]"))
    }

    fn write(&self, out: &mut String) {
        out.push('[');
        self.0.write(out);
        out.push(',');
        self.1.write(out);
        out.push(']');
    }
}

shape! {
    /// A message as a client sends it: `content`, or `parts`.
    pub struct NewMessage: strict {
        /// Its id; the host gives one where it is absent.
        pub id: Option<Id> = "id",
        /// Who it is from.
        pub r#type: MessageType = "type",
        /// Its text.
        pub content: Option<Box<str>> = "content",
        /// Its parts, in the place of `content`.
        pub parts: Option<Vec<Part>> = "parts",
        /// `streaming` begins a stream; otherwise `complete`.
        pub status: Option<Status> = "status",
        /// The message that it answers: a claim that no second answer may take.
        pub reply_to: Option<Id> = "replyTo",
        /// The application's name for a turn.
        pub turn: Option<Box<str>> = "turn",
        /// The application's notes: an object; `apiCalls` is a list of strings and `processingTime` a number, where present.
        pub metadata: Option<Free> = "metadata",
    }
}

impl NewMessage {
    /// A whole message of plain text.
    pub fn text(r#type: MessageType, content: &str) -> Self {
        let content = Some(content.into());
        Self { id: None, r#type, content, parts: None, status: None, reply_to: None, turn: None, metadata: None }
    }
}

/// An enum of payloads that JSON tells apart by `kind`.
macro_rules! kinds {
    ($(#[$enum_doc:meta])* $Enum:ident: $($(#[$doc:meta])* $Variant:ident $kind:literal $Payload:ident,)*) => {
        $(#[$enum_doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(tag = "kind"))]
        #[allow(clippy::large_enum_variant, reason = "commands and events live for one call")]
        pub enum $Enum {
            $($(#[$doc])* #[cfg_attr(feature = "schema", schemars(rename = $kind))] $Variant($Payload),)*
        }

        $(impl From<$Payload> for $Enum {
            fn from(payload: $Payload) -> Self {
                Self::$Variant(payload)
            }
        })*

        impl $Enum {
            /// Every kind, as JSON names it.
            pub const KINDS: &'static [&'static str] = &[$($kind,)*];

            /// Its kind, as JSON names it.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$Variant(_) => $kind,)* }
            }

            /// One of each kind, blank.
            const BLANKS: &'static [fn() -> Self] = &[$(|| Self::$Variant($Payload::blank()),)*];

            /// Reads the payload of a kind.
            pub(crate) fn read_as(kind: &str, reader: &mut crate::json::Reader<'_>) -> Result<Self, crate::json::JsonError> {
                let known = Self::KINDS.iter().zip(Self::BLANKS).find(|(known, _)| **known == kind);
                let mut read = known.map(|(_, blank)| blank()).ok_or_else(|| reader.error("unknown kind").within("kind"))?;
                let fields: &mut dyn crate::json::Fields = match &mut read { $(Self::$Variant(payload) => payload,)* };
                reader.fields(fields)?;
                Ok(read)
            }

            fn fields(&self) -> &dyn crate::json::Fields {
                match self { $(Self::$Variant(payload) => payload,)* }
            }
        }

        impl crate::json::Json for $Enum {
            /// The kind may stand anywhere in the object, so it is looked for first.
            fn read(reader: &mut crate::json::Reader<'_>) -> Result<Self, crate::json::JsonError> {
                match reader.member_text("kind") {
                    Some(kind) => Self::read_as(&kind, reader),
                    None => Err(reader.error("an object with a kind is expected")),
                }
            }

            fn write(&self, out: &mut alloc::string::String) {
                let mut object = crate::json::Object::open(out);
                $crate::json::write_word(self.kind(), object.begin($crate::json::key!("kind")));
                object.fields(self.fields());
                object.close();
            }
        }
    };
}
pub(crate) use kinds;

kinds! {
    /// What a client asks for.
    Command:
    /// Creates the session.
    Create "create" Create,
    /// Appends a message, or begins one that streams.
    AppendMessage "appendMessage" AppendMessage,
    /// Adds text to a part of a streaming message at an offset in UTF-8 bytes. `epoch` is that of a producer who took the stream over.
    AppendDelta "appendDelta" AppendDelta,
    /// Adds or replaces a part of a streaming message.
    SetPart "setPart" SetPart,
    /// Rewrites the text of a part of a streaming message from an offset in UTF-8 bytes on, as interim transcripts of speech do.
    ReviseMessage "reviseMessage" ReviseMessage,
    /// Ends a stream well.
    CompleteMessage "completeMessage" CompleteMessage,
    /// Ends a stream with its producer's error.
    FailMessage "failMessage" FailMessage,
    /// Takes a stream over from its producer, who is fenced off from then on.
    TakeOver "takeOver" TakeOver,
    /// Stops a stream, for good.
    StopMessage "stopMessage" StopMessage,
    /// Talks over an answer: its content becomes what was heard of it, an offset in UTF-8 bytes of the content.
    InterruptMessage "interruptMessage" InterruptMessage,
    /// Takes a message back with everything after it, and says something else in its place.
    EditMessage "editMessage" EditMessage,
    /// Removes a message.
    RemoveMessage "removeMessage" RemoveMessage,
    /// Changes a message's metadata by a JSON Merge Patch.
    PatchMetadata "patchMetadata" PatchMetadata,
    /// Takes back everything after a message; without one, everything.
    Rewind "rewind" Rewind,
    /// Puts a summary in the place of the messages up to and with this one.
    Compact "compact" Compact,
    /// Sets or clears the active project.
    SetActiveProject "setActiveProject" SetActiveProject,
    /// Puts an issue in front of the recent ones.
    RecordIssue "recordIssue" RecordIssue,
    /// Removes a recent issue by its id.
    RemoveIssue "removeIssue" RemoveIssue,
    /// Changes preferences.
    SetPreferences "setPreferences" SetPreferences,
    /// Gives the session a title, or takes it away.
    Rename "rename" Rename,
    /// Changes `data` by a JSON Merge Patch.
    PatchData "patchData" PatchData,
    /// Lowers limits (an operator may raise them).
    SetLimits "setLimits" SetLimits,
    /// Gives the session to a user whom the app knows; tokens of before are void.
    SignIn "signIn" SignIn,
    /// Makes the tokens of the session's user void.
    SignOut "signOut" SignOut,
    /// Ends the session for writing.
    End "end" End,
    /// Several commands as one: one id, one entry, all or none.
    Batch "batch" Batch,
    /// What time brought about; only the host sends it. `touched_at` is the last activity that it knows.
    Expire "expire" Expire,
    /// Creates the session as a copy; only the host sends it, with what the core gave it for a fork or an export.
    Restore "restore" Restore,
}

shape! {
    /// Creates the session.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct Create {
        pub user_id: Option<Arc<str>> = "userId",
        pub title: Option<Arc<str>> = "title",
        pub context: Option<Context> = "context",
        pub data: Option<Free> = "data",
        pub limits: Option<LimitsPatch> = "limits",
    }
}

shape! {
    /// Appends a message, or begins one that streams.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct AppendMessage {
        pub message: NewMessage = "message",
    }
}

shape! {
    /// Adds text to a part of a streaming message at an offset in UTF-8 bytes. `epoch` is that of a producer who took the stream over.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct AppendDelta {
        pub message: Id = "message",
        pub part: Option<Box<str>> = "part",
        pub offset: u64 = "offset",
        pub text: Box<str> = "text",
        pub epoch: Option<u32> = "epoch",
    }
}

shape! {
    /// Adds or replaces a part of a streaming message.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SetPart {
        pub message: Id = "message",
        pub part: Part = "part",
        pub epoch: Option<u32> = "epoch",
    }
}

shape! {
    /// Rewrites the text of a part of a streaming message from an offset in UTF-8 bytes on, as interim transcripts of speech do.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct ReviseMessage {
        pub message: Id = "message",
        pub part: Option<Box<str>> = "part",
        pub from: u64 = "from",
        pub text: Box<str> = "text",
        pub epoch: Option<u32> = "epoch",
    }
}

shape! {
    /// Ends a stream well.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct CompleteMessage {
        pub message: Id = "message",
        pub metadata: Option<Free> = "metadata",
        pub epoch: Option<u32> = "epoch",
    }
}

shape! {
    /// Ends a stream with its producer's error.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct FailMessage {
        pub message: Id = "message",
        pub error: Failure = "error",
        pub epoch: Option<u32> = "epoch",
    }
}

shape! {
    /// Takes a stream over from its producer, who is fenced off from then on.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct TakeOver {
        pub message: Id = "message",
    }
}

shape! {
    /// Stops a stream, for good.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct StopMessage {
        pub message: Id = "message",
    }
}

shape! {
    /// Talks over an answer: its content becomes what was heard of it, an offset in UTF-8 bytes of the content.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct InterruptMessage {
        pub message: Id = "message",
        pub heard_offset: Option<u64> = "heardOffset",
        pub played_ms: Option<u64> = "playedMs",
    }
}

shape! {
    /// Takes a message back with everything after it, and says something else in its place.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct EditMessage {
        pub message: Id = "message",
        pub replacement: NewMessage = "replacement",
    }
}

shape! {
    /// Removes a message.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct RemoveMessage {
        pub message: Id = "message",
    }
}

shape! {
    /// Changes a message's metadata by a JSON Merge Patch.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct PatchMetadata {
        pub message: Id = "message",
        pub metadata: Free = "metadata",
    }
}

shape! {
    /// Takes back everything after a message; without one, everything.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct Rewind {
        pub through: Option<Id> = "through",
    }
}

shape! {
    /// Puts a summary in the place of the messages up to and with this one.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct Compact {
        pub through: Id = "through",
        pub summary: Arc<str> = "summary",
    }
}

shape! {
    /// Sets or clears the active project.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SetActiveProject {
        pub project: Option<Project> = "project",
    }
}

shape! {
    /// Puts an issue in front of the recent ones.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct RecordIssue {
        pub issue: Issue = "issue",
    }
}

shape! {
    /// Removes a recent issue by its id.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct RemoveIssue {
        pub issue: Box<str> = "issue",
    }
}

shape! {
    /// Changes preferences.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SetPreferences {
        pub preferences: PreferencesPatch = "preferences",
    }
}

shape! {
    /// Gives the session a title, or takes it away.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct Rename {
        pub title: Option<Arc<str>> = "title",
    }
}

shape! {
    /// Changes `data` by a JSON Merge Patch.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct PatchData {
        pub patch: Free = "patch",
    }
}

shape! {
    /// Lowers limits (an operator may raise them).
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SetLimits {
        pub limits: LimitsPatch = "limits",
    }
}

shape! {
    /// Gives the session to a user whom the app knows; tokens of before are void.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SignIn {
        pub user_id: Arc<str> = "userId",
    }
}

shape! {
    /// Makes the tokens of the session's user void.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SignOut {
    }
}

shape! {
    /// Ends the session for writing.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct End {
        pub reason: Option<EndReason> = "reason",
    }
}

shape! {
    /// Several commands as one: one id, one entry, all or none.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct Batch {
        pub commands: Commands = "commands",
    }
}

shape! {
    /// What time brought about; only the host sends it. `touched_at` is the last activity that it knows.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct Expire {
        pub touched_at: u64 = "touchedAt",
    }
}

shape! {
    /// Creates the session as a copy; only the host sends it, with what the core gave it for a fork or an export.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct Restore {
        pub state: Restored = "state",
    }
}

/// The commands of a batch; a batch holds no batch.
pub type Commands = Vec<Command>;

/// A command with its id, as clients submit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id; HTTP requests may come without.
    pub id: Option<CommandId>,
    /// Its one-shot id, for HTTP requests with an `Idempotency-Key`.
    pub once: Option<Once>,
    /// The command.
    pub command: Command,
}

impl From<Command> for Request {
    /// A command without an id.
    fn from(command: Command) -> Self {
        Self { id: None, once: None, command }
    }
}

impl Request {
    /// Whether somebody can ask for its outcome again.
    pub(crate) fn has_id(&self) -> bool {
        self.id.is_some() || self.once.is_some()
    }

    /// Reads `{id?, kind, ...}`.
    ///
    /// # Errors
    /// `malformed`, with the reader's words.
    pub fn from_json(json: &str) -> Result<Self, Rejection> {
        let read = || {
            let mut reader = Reader::new(json);
            let id = reader.member("id").map(|mut reader| Option::read(&mut reader)).transpose().map_err(|error| error.within("id"))?;
            let command = Command::read(&mut reader)?;
            reader.finish()?;
            Ok(Self { id: id.flatten(), once: None, command })
        };
        let request = read().map_err(|error| Rejection::malformed(&error))?;
        if request.command.is_hosts() {
            return Err(Rejection::new(Code::Malformed, "unknown kind, in /kind"));
        }
        Ok(request)
    }
}

impl Command {
    /// Reads a command of a kind, of which the text holds the fields. Keys that it does not have are refused, but for one.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn of_kind(kind: &str, text: &str, but: &'static str) -> Result<Self, JsonError> {
        let mut reader = Reader::strict(text, but);
        let command = Self::read_as(kind, &mut reader)?;
        reader.finish()?;
        Ok(command)
    }

    /// Whether only a host may send it, or something in it.
    pub fn is_hosts(&self) -> bool {
        match self {
            Self::Expire(_) | Self::Restore(_) => true,
            Self::Batch(batch) => batch.commands.iter().any(Self::is_hosts),
            _ => false,
        }
    }

    /// Whether it begins a session.
    pub fn begins(&self) -> bool {
        match self {
            Self::Create(_) | Self::Restore(_) => true,
            Self::Batch(batch) => batch.commands.first().is_some_and(|first| matches!(first, Self::Create(_))),
            _ => false,
        }
    }

    /// The messages that it creates.
    pub(crate) fn new_messages_mut(&mut self) -> Vec<&mut NewMessage> {
        match self {
            Self::AppendMessage(append) => alloc::vec![&mut append.message],
            Self::EditMessage(edit) => alloc::vec![&mut edit.replacement],
            Self::Batch(batch) => batch.commands.iter_mut().flat_map(Self::new_messages_mut).collect(),
            _ => Vec::new(),
        }
    }

    /// Names what it creates without an id, by entropy.
    pub fn name_all(&mut self, name: impl Fn(u8) -> Id) {
        for (nth, message) in (0..).zip(self.new_messages_mut()) {
            message.id.get_or_insert_with(|| name(nth));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_may_not_send_reads_as_unknown() {
        let said = |json: &str| Request::from_json(json).map_or_else(Rejection::into_message, |request| request.command.kind().into());
        for (json, what) in [
            (r#"{"kind":"rename"}"#, "rename"),
            (r#"{"id":null,"kind":"rename"}"#, "rename"),
            (r#"{"id":["018f0000-0000-7000-8000-000000000000",7],"kind":"rename"}"#, "rename"),
            (r#"{"id":["018f0000-0000-7000-8000-000000000000"],"kind":"rename"}"#, "an id is [client, seq], at byte 46, in /id"),
            (r#"{"id":["018f0000-0000-7000-8000-000000000000",7,7],"kind":"rename"}"#, "an id is [client, seq], at byte 48, in /id/2"),
            (r#"{"kind":"expire","touchedAt":1}"#, "unknown kind, in /kind"),
            (r#"{"kind":"batch","commands":[{"kind":"expire","touchedAt":1}]}"#, "unknown kind, in /kind"),
            (r#"{"kind":"none"}"#, "unknown kind, at byte 0, in /kind"),
            (r#"{"title":"x"}"#, "an object with a kind is expected, at byte 0"),
            (r#"{"kind":"rename"} x"#, "something follows the value, at byte 18"),
        ] {
            assert_eq!(said(json), what, "{json}");
        }
        let id = CommandId(Id::mint(1, [1; 16]), 7);
        assert_eq!(CommandId::from_json(&id.to_json()), Ok(id));
    }

    #[test]
    fn a_command_is_read_out_of_a_body() {
        let read = |json| Command::of_kind("rename", json, "id").map_err(|error| error.said());
        assert_eq!(read(r#"{"title":"T","id":"any"}"#).map(|command| command.kind()), Ok("rename"));
        assert_eq!(read(r#"{"titel":"T"}"#), Err("no such field, at byte 9, in /titel".into()));
        assert_eq!(read("{} x"), Err("something follows the value, at byte 3".into()));
        assert!(Command::of_kind("none", "{}", "").is_err());
    }
}

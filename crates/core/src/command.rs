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

/// Makes structs the variants of an enum that JSON tells apart by `kind`.
macro_rules! kinds {
    ($(#[$enum_doc:meta])* $Enum:ident: $($(#[$doc:meta])* $Variant:ident $kind:literal {
        $($(#[$field_meta:meta])* $field:ident: $type:ty = $key:literal,)*
    })*) => {
        $(#[$enum_doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(tag = "kind"))]
        #[allow(clippy::large_enum_variant, reason = "events and commands live for one call")]
        pub enum $Enum {
            $($(#[$doc])* #[cfg_attr(feature = "schema", schemars(rename = $kind))] $Variant($Variant),)*
        }

        $(
            crate::json::shape! {
                $(#[$doc])*
                #[allow(missing_docs, reason = "the variant's sentence names its fields")]
                pub struct $Variant { $($(#[$field_meta])* pub $field: $type = $key,)* }
            }

            impl From<$Variant> for $Enum {
                fn from(payload: $Variant) -> Self {
                    Self::$Variant(payload)
                }
            }
        )*

        impl $Enum {
            /// Every kind, as JSON names it.
            pub const KINDS: &'static [&'static str] = &[$($kind,)*];

            /// Its kind, as JSON names it.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$Variant(_) => $kind,)* }
            }
        }

        impl crate::json::Json for $Enum {
            /// The kind may stand anywhere in the object, so it is looked for first.
            fn read(reader: &mut crate::json::Reader<'_>) -> Result<Self, crate::json::JsonError> {
                let Some(kind) = reader.member_text("kind") else {
                    return Err(reader.error("an object with a kind is expected"));
                };
                Ok(match &*kind {
                    $($kind => $Variant::read(reader)?.into(),)*
                    _ => return Err(reader.error("unknown kind").within("kind")),
                })
            }

            fn write(&self, out: &mut alloc::string::String) {
                let mut object = crate::json::Object::open(out);
                object.text("kind", self.kind());
                match self { $(Self::$Variant(payload) => payload.write_fields(&mut object),)* }
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
    Create "create" {
        user_id: Option<Arc<str>> = "userId",
        title: Option<Arc<str>> = "title",
        context: Option<Context> = "context",
        data: Option<Free> = "data",
        limits: Option<LimitsPatch> = "limits",
    }
    /// Appends a message, or begins one that streams.
    AppendMessage "appendMessage" { message: NewMessage = "message", }
    /// Adds text to a part of a streaming message at an offset in UTF-8 bytes. `epoch` is that of a producer who took the stream over.
    AppendDelta "appendDelta" {
        message: Id = "message",
        part: Option<Box<str>> = "part",
        offset: u64 = "offset",
        text: Box<str> = "text",
        epoch: Option<u32> = "epoch",
    }
    /// Adds or replaces a part of a streaming message.
    SetPart "setPart" { message: Id = "message", part: Part = "part", epoch: Option<u32> = "epoch", }
    /// Rewrites the text of a part of a streaming message from an offset in UTF-8 bytes on, as interim transcripts of speech do.
    ReviseMessage "reviseMessage" {
        message: Id = "message",
        part: Option<Box<str>> = "part",
        from: u64 = "from",
        text: Box<str> = "text",
        epoch: Option<u32> = "epoch",
    }
    /// Ends a stream well.
    CompleteMessage "completeMessage" { message: Id = "message", metadata: Option<Free> = "metadata", epoch: Option<u32> = "epoch", }
    /// Ends a stream with its producer's error.
    FailMessage "failMessage" { message: Id = "message", error: Failure = "error", epoch: Option<u32> = "epoch", }
    /// Takes a stream over from its producer, who is fenced off from then on.
    TakeOver "takeOver" { message: Id = "message", }
    /// Stops a stream, for good.
    StopMessage "stopMessage" { message: Id = "message", }
    /// Talks over an answer: its content becomes what was heard of it, an offset in UTF-8 bytes of the content.
    InterruptMessage "interruptMessage" {
        message: Id = "message",
        heard_offset: Option<u64> = "heardOffset",
        played_ms: Option<u64> = "playedMs",
    }
    /// Takes a message back with everything after it, and says something else in its place.
    EditMessage "editMessage" { message: Id = "message", replacement: NewMessage = "replacement", }
    /// Removes a message.
    RemoveMessage "removeMessage" { message: Id = "message", }
    /// Changes a message's metadata by a JSON Merge Patch.
    PatchMetadata "patchMetadata" { message: Id = "message", patch: Free = "patch", }
    /// Takes back everything after a message; without one, everything.
    Rewind "rewind" { through: Option<Id> = "through", }
    /// Puts a summary in the place of the messages up to and with this one.
    Compact "compact" { through: Id = "through", summary: Arc<str> = "summary", }
    /// Sets or clears the active project.
    SetActiveProject "setActiveProject" { project: Option<Project> = "project", }
    /// Puts an issue in front of the recent ones.
    RecordIssue "recordIssue" { issue: Issue = "issue", }
    /// Removes a recent issue by its id.
    RemoveIssue "removeIssue" { issue: Box<str> = "issue", }
    /// Changes preferences.
    SetPreferences "setPreferences" { preferences: PreferencesPatch = "preferences", }
    /// Gives the session a title, or takes it away.
    Rename "rename" { title: Option<Arc<str>> = "title", }
    /// Changes `data` by a JSON Merge Patch.
    PatchData "patchData" { patch: Free = "patch", }
    /// Lowers limits (an operator may raise them).
    SetLimits "setLimits" { limits: LimitsPatch = "limits", }
    /// Gives the session to a user whom the app knows; tokens of before are void.
    SignIn "signIn" { user_id: Arc<str> = "userId", }
    /// Makes the tokens of the session's user void.
    SignOut "signOut" { }
    /// Ends the session for writing.
    End "end" { reason: Option<EndReason> = "reason", }
    /// Several commands as one: one id, one entry, all or none.
    Batch "batch" { commands: Commands = "commands", }
    /// What time brought about; only the host sends it. `touched_at` is the last activity that it knows.
    Expire "expire" { touched_at: u64 = "touchedAt", }
    /// Creates the session as a copy; only the host sends it, with what the core gave it for a fork or an export.
    Restore "restore" { state: Restored = "state", }
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
    /// Whether only a host may send it, or something in it.
    fn is_hosts(&self) -> bool {
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

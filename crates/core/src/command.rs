//! Commands: what a client asks for. A command brings the ids of what it creates; it never says who, when, or anything random.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::code::{Code, Rejection};
use crate::context::{Context, Issue, PreferencesPatch, Project};
use crate::limits::LimitsPatch;
use crate::message::{Failure, MessageType, Part, Status};
use crate::session::EndReason;
use crate::{Free, Id};

/// Names a command: the client (a page load, an agent's run) and its count from 1 in this session. In JSON `[client, seq]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandId(pub Id, pub u64);

/// A message as a client sends it: `content`, or `parts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMessage {
    /// Its id; the host gives one where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Who it is from.
    pub r#type: MessageType,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Box<str>>,
    /// Its parts, in the place of `content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<Part>>,
    /// `streaming` begins a stream; otherwise `complete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The message that it answers: a claim that no second answer may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Id>,
    /// The application's name for a turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Box<str>>,
    /// The application's notes: an object; `apiCalls` is a list of strings and `processingTime` a number, where present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Free>,
}

impl NewMessage {
    /// A whole message of plain text.
    pub fn text(r#type: MessageType, content: &str) -> Self {
        let content = Some(content.into());
        Self { id: None, r#type, content, parts: None, status: None, reply_to: None, turn: None, metadata: None }
    }
}

/// Makes a struct a variant, the enum over them, and a reader that looks at `kind` first (no buffering of values).
macro_rules! kinds {
    ($(#[$enum_doc:meta])* $Enum:ident: $($(#[$doc:meta])* $Variant:ident $kind:literal { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {
        $(#[$enum_doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "kind")]
        pub enum $Enum {
            $($(#[$doc])* #[serde(rename = $kind)] $Variant($Variant),)*
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            #[serde(rename_all = "camelCase")]
            pub struct $Variant { $($(#[$field_meta])* #[allow(missing_docs, reason = "the variant's sentence names its fields")] pub $field: $type,)* }

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

            /// Reads the payload of a kind; `None` for a kind that is not known.
            pub(crate) fn read(kind: &str, json: &str) -> Option<serde_json::Result<Self>> {
                Some(match kind {
                    $($kind => serde_json::from_str::<$Variant>(json).map(Self::$Variant),)*
                    _ => return None,
                })
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
        #[serde(default, skip_serializing_if = "Option::is_none")] user_id: Option<Box<str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")] title: Option<Box<str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<Context>,
        #[serde(default, skip_serializing_if = "Option::is_none")] data: Option<Free>,
        #[serde(default, skip_serializing_if = "Option::is_none")] limits: Option<LimitsPatch>,
    }
    /// Appends a message, or begins one that streams.
    AppendMessage "appendMessage" { message: NewMessage, }
    /// Adds text to a part of a streaming message at an offset in UTF-8 bytes.
    AppendDelta "appendDelta" {
        message: Id,
        #[serde(default, skip_serializing_if = "Option::is_none")] part: Option<Box<str>>,
        offset: u64,
        text: Box<str>,
    }
    /// Adds or replaces a part of a streaming message.
    SetPart "setPart" { message: Id, part: Part, }
    /// Ends a stream well.
    CompleteMessage "completeMessage" {
        message: Id,
        #[serde(default, skip_serializing_if = "Option::is_none")] metadata: Option<Free>,
    }
    /// Stops a stream, for good.
    StopMessage "stopMessage" { message: Id, }
    /// Ends a stream with its producer's error.
    FailMessage "failMessage" { message: Id, error: Failure, }
    /// Sets or clears the active project.
    SetActiveProject "setActiveProject" { project: Option<Project>, }
    /// Puts an issue in front of the recent ones.
    RecordIssue "recordIssue" { issue: Issue, }
    /// Removes a recent issue by its id.
    RemoveIssue "removeIssue" { issue: Box<str>, }
    /// Changes preferences.
    SetPreferences "setPreferences" { preferences: PreferencesPatch, }
    /// Gives the session a title, or takes it away.
    Rename "rename" { title: Option<Box<str>>, }
    /// Changes `data` by a JSON Merge Patch.
    PatchData "patchData" { patch: Free, }
    /// Lowers limits (an operator may raise them).
    SetLimits "setLimits" { limits: LimitsPatch, }
    /// Ends the session for writing.
    End "end" { #[serde(default, skip_serializing_if = "Option::is_none")] reason: Option<EndReason>, }
    /// What time brought about; only the host sends it. `touched_at` is the last activity that it knows.
    Expire "expire" { touched_at: u64, }
    /// Several commands as one: one id, one entry, all or none.
    Batch "batch" { commands: Commands, }
}

/// The commands of a batch; a batch holds no batch.
pub type Commands = Vec<Command>;

/// A command with its id, as clients submit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id; HTTP requests may come without.
    pub id: Option<CommandId>,
    /// The command.
    pub command: Command,
}

/// What every command says beside its payload.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    id: Option<CommandId>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

impl Request {
    /// Reads `{id?, kind, ...}`.
    ///
    /// # Errors
    /// `malformed`, with the reader's words.
    pub fn from_json(json: &str) -> Result<Self, Rejection> {
        let envelope: Envelope<'_> = serde_json::from_str(json).map_err(malformed)?;
        let command = Command::read(&envelope.kind, json)
            .ok_or_else(|| Rejection::new(Code::Malformed, "unknown kind of command"))?
            .map_err(malformed)?;
        Ok(Self { id: envelope.id, command })
    }
}

#[allow(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
fn malformed(error: serde_json::Error) -> Rejection {
    Rejection::malformed(&error)
}

impl<'de> Deserialize<'de> for Command {
    /// Only from JSON, and only within a batch: the payload is read from its text once its kind is known.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let envelope: Envelope<'_> = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        // Refused before it is read: each level of nested batches would nest the reader.
        if envelope.kind == "batch" {
            return Err(D::Error::custom("a batch holds no batch"));
        }
        Self::read(&envelope.kind, raw.get()).ok_or_else(|| D::Error::custom("unknown kind of command"))?.map_err(D::Error::custom)
    }
}

impl Command {
    /// Whether it creates something without naming it, so that its stamp needs entropy.
    pub fn needs_entropy(&self) -> bool {
        match self {
            Self::AppendMessage(append) => append.message.id.is_none(),
            Self::Batch(batch) => batch.commands.iter().any(Self::needs_entropy),
            _ => false,
        }
    }
}

//! Events: what happened. They hold neither who nor when (their entry's stamp does), so a prediction equals the truth.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::command::{NewMessage, kinds};
use crate::context::{Context, Issue, PreferencesPatch, Project};
use crate::message::{Failure, Part};
use crate::session::EndReason;
use crate::{Free, Id, Limits};

kinds! {
    /// A fact about a session.
    Event:
    /// The session began.
    SessionCreated "sessionCreated" {
        app: Box<str>,
        id: Id,
        user_id: Box<str>,
        #[serde(default, skip_serializing_if = "Option::is_none")] title: Option<Box<str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<Context>,
        #[serde(default, skip_serializing_if = "Option::is_none")] data: Option<Free>,
        limits: Limits,
    }
    /// A message was appended, or began to stream.
    MessageAppended "messageAppended" { message: NewMessage, }
    /// Text was added to a part at an offset in UTF-8 bytes; without text the stream's deadline was renewed.
    DeltaAppended "deltaAppended" {
        message: Id,
        #[serde(default, skip_serializing_if = "Option::is_none")] part: Option<Box<str>>,
        offset: u64,
        text: Box<str>,
    }
    /// A part was added or replaced.
    PartSet "partSet" { message: Id, part: Part, }
    /// A stream ended well; its metadata is what it now is.
    MessageCompleted "messageCompleted" {
        message: Id,
        #[serde(default, skip_serializing_if = "Option::is_none")] metadata: Option<Free>,
    }
    /// A stream was stopped.
    MessageStopped "messageStopped" { message: Id, }
    /// A stream failed.
    MessageFailed "messageFailed" { message: Id, error: Failure, }
    /// The oldest messages left the live session.
    MessagesTrimmed "messagesTrimmed" { messages: Vec<Id>, }
    /// The active project is now this one, or none.
    ProjectSet "projectSet" { project: Option<Project>, }
    /// An issue came to the front.
    IssueRecorded "issueRecorded" { issue: Issue, }
    /// An issue left the recent ones.
    IssueRemoved "issueRemoved" { issue: Box<str>, }
    /// Preferences changed.
    PreferencesSet "preferencesSet" { preferences: PreferencesPatch, }
    /// The title is now this one, or none.
    Renamed "renamed" { title: Option<Box<str>>, }
    /// `data` was patched.
    DataPatched "dataPatched" { patch: Free, }
    /// The limits are now these.
    LimitsSet "limitsSet" { limits: Limits, }
    /// The session ended for writing.
    SessionEnded "sessionEnded" { reason: EndReason, }
}

impl Event {
    /// The message that it changes or creates.
    pub(crate) fn message(&self) -> Option<Id> {
        match self {
            Self::MessageAppended(event) => event.message.id,
            Self::DeltaAppended(event) => Some(event.message),
            Self::PartSet(event) => Some(event.message),
            Self::MessageCompleted(event) => Some(event.message),
            Self::MessageStopped(event) => Some(event.message),
            Self::MessageFailed(event) => Some(event.message),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Event {
    /// Only from JSON: the payload is read from its text once its kind is known.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            kind: alloc::borrow::Cow<'a, str>,
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let envelope: Envelope<'_> = serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)?;
        Self::read(&envelope.kind, raw.get())
            .ok_or_else(|| serde::de::Error::custom("unknown kind of event"))?
            .map_err(serde::de::Error::custom)
    }
}

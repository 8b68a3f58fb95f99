//! Events: what happened. They hold neither who nor when (their entry's stamp does), so a prediction equals the truth.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::command::{NewMessage, kinds};
use crate::context::{Context, Issue, PreferencesPatch, Project};
use crate::message::{Failure, Part};
use crate::restored::Restored;
use crate::session::EndReason;
use crate::{Free, Id, Limits};

kinds! {
    /// A fact about a session.
    Event:
    /// The session began.
    SessionCreated "sessionCreated" {
        app: Arc<str> = "app",
        id: Id = "id",
        user_id: Arc<str> = "userId",
        title: Option<Arc<str>> = "title",
        context: Option<Context> = "context",
        data: Option<Free> = "data",
        limits: Limits = "limits",
    }
    /// The session began as a copy.
    SessionRestored "sessionRestored" { app: Arc<str> = "app", id: Id = "id", state: Restored = "state", }
    /// A message was appended, or began to stream.
    MessageAppended "messageAppended" { message: NewMessage = "message", }
    /// Text was added to a part at an offset in UTF-8 bytes; without text the stream's deadline was renewed.
    DeltaAppended "deltaAppended" {
        message: Id = "message",
        part: Option<Box<str>> = "part",
        offset: u64 = "offset",
        text: Box<str> = "text",
    }
    /// A part was added or replaced.
    PartSet "partSet" { message: Id = "message", part: Part = "part", }
    /// The text of a part was rewritten from an offset on.
    MessageRevised "messageRevised" {
        message: Id = "message",
        part: Option<Box<str>> = "part",
        from: u64 = "from",
        text: Box<str> = "text",
    }
    /// A stream ended well; its metadata is what it now is.
    MessageCompleted "messageCompleted" { message: Id = "message", metadata: Option<Free> = "metadata", }
    /// A stream failed.
    MessageFailed "messageFailed" { message: Id = "message", error: Failure = "error", }
    /// Whoever acted produces a stream from now on.
    ProducerChanged "producerChanged" { message: Id = "message", epoch: u32 = "epoch", }
    /// A stream was stopped.
    MessageStopped "messageStopped" { message: Id = "message", }
    /// A message was talked over: its content is cut to so many bytes, and its metadata is what it now is.
    MessageInterrupted "messageInterrupted" {
        message: Id = "message",
        heard: Option<u64> = "heard",
        metadata: Option<Free> = "metadata",
    }
    /// A message was removed.
    MessageRemoved "messageRemoved" { message: Id = "message", }
    /// A message's metadata is now this.
    MetadataSet "metadataSet" { message: Id = "message", metadata: Free = "metadata", }
    /// The oldest messages left the live session.
    MessagesTrimmed "messagesTrimmed" { messages: Vec<Id> = "messages", }
    /// Everything after a message was taken back; without one, everything.
    Rewound "rewound" { through: Option<Id> = "through", }
    /// A summary stands in the place of the messages up to and with this one.
    Compacted "compacted" { through: Id = "through", summary: Arc<str> = "summary", }
    /// The active project is now this one, or none.
    ProjectSet "projectSet" { project: Option<Project> = "project", }
    /// An issue came to the front.
    IssueRecorded "issueRecorded" { issue: Issue = "issue", }
    /// An issue left the recent ones.
    IssueRemoved "issueRemoved" { issue: Box<str> = "issue", }
    /// Preferences changed.
    PreferencesSet "preferencesSet" { preferences: PreferencesPatch = "preferences", }
    /// The title is now this one, or none.
    Renamed "renamed" { title: Option<Arc<str>> = "title", }
    /// `data` was patched.
    DataPatched "dataPatched" { patch: Free = "patch", }
    /// The limits are now these.
    LimitsSet "limitsSet" { limits: Limits = "limits", }
    /// The session is now this user's, whom the app knows.
    SignedIn "signedIn" { user_id: Arc<str> = "userId", }
    /// The tokens of the session's user are void.
    SignedOut "signedOut" { }
    /// The session ended for writing.
    SessionEnded "sessionEnded" { reason: EndReason = "reason", }
}

impl Event {
    /// The message that it creates or changes.
    pub(crate) fn message(&self) -> Option<Id> {
        match self {
            Self::MessageAppended(event) => event.message.id,
            Self::DeltaAppended(event) => Some(event.message),
            Self::PartSet(event) => Some(event.message),
            Self::MessageRevised(event) => Some(event.message),
            Self::MessageCompleted(event) => Some(event.message),
            Self::MessageFailed(event) => Some(event.message),
            Self::MessageStopped(event) => Some(event.message),
            Self::MessageInterrupted(event) => Some(event.message),
            Self::MetadataSet(event) => Some(event.message),
            _ => None,
        }
    }
}

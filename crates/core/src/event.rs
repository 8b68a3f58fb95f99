//! Events: what happened. They hold neither who nor when (their entry's stamp does), so a prediction equals the truth.
//!
//! Where an event says no more than the command that brought it about, it carries the same payload.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::command::{
    AppendDelta, AppendMessage, Compact, CompleteMessage, FailMessage, PatchData, PatchMetadata, RecordIssue, RemoveIssue, RemoveMessage,
    Rename, ReviseMessage, Rewind, SetActiveProject, SetPart, SetPreferences, SignIn, SignOut, StopMessage, kinds,
};
use crate::context::Context;
use crate::json::{Json, shape};
use crate::restored::Restored;
use crate::session::EndReason;
use crate::{Free, Id, Limits};

kinds! {
    /// A fact about a session.
    Event:
    /// The session began.
    SessionCreated "sessionCreated" SessionCreated,
    /// The session began as a copy.
    SessionRestored "sessionRestored" SessionRestored,
    /// A message was appended, or began to stream.
    MessageAppended "messageAppended" AppendMessage,
    /// Text was added to a part at an offset in UTF-8 bytes; without text the stream's deadline was renewed.
    DeltaAppended "deltaAppended" AppendDelta,
    /// A part was added or replaced.
    PartSet "partSet" SetPart,
    /// The text of a part was rewritten from an offset on.
    MessageRevised "messageRevised" ReviseMessage,
    /// A stream ended well; its metadata is what it now is.
    MessageCompleted "messageCompleted" CompleteMessage,
    /// A stream failed.
    MessageFailed "messageFailed" FailMessage,
    /// Whoever acted produces a stream from now on.
    ProducerChanged "producerChanged" ProducerChanged,
    /// A stream was stopped.
    MessageStopped "messageStopped" StopMessage,
    /// A message was talked over: its content is cut to so many bytes, and its metadata is what it now is.
    MessageInterrupted "messageInterrupted" MessageInterrupted,
    /// A message was removed.
    MessageRemoved "messageRemoved" RemoveMessage,
    /// A message's metadata is now this.
    MetadataSet "metadataSet" PatchMetadata,
    /// The oldest messages left the live session.
    MessagesTrimmed "messagesTrimmed" MessagesTrimmed,
    /// Everything after a message was taken back; without one, everything.
    Rewound "rewound" Rewind,
    /// A summary stands in the place of the messages up to and with this one.
    Compacted "compacted" Compact,
    /// The active project is now this one, or none.
    ProjectSet "projectSet" SetActiveProject,
    /// An issue came to the front.
    IssueRecorded "issueRecorded" RecordIssue,
    /// An issue left the recent ones.
    IssueRemoved "issueRemoved" RemoveIssue,
    /// Preferences changed.
    PreferencesSet "preferencesSet" SetPreferences,
    /// The title is now this one, or none.
    Renamed "renamed" Rename,
    /// `data` was patched.
    DataPatched "dataPatched" PatchData,
    /// The limits are now these.
    LimitsSet "limitsSet" LimitsSet,
    /// The session is now this user's, whom the app knows.
    SignedIn "signedIn" SignIn,
    /// The tokens of the session's user are void.
    SignedOut "signedOut" SignOut,
    /// The session ended for writing.
    SessionEnded "sessionEnded" SessionEnded,
}

shape! {
    /// The session began.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SessionCreated {
        pub app: Arc<str> = "app",
        pub id: Id = "id",
        pub user_id: Arc<str> = "userId",
        pub title: Option<Arc<str>> = "title",
        pub context: Option<Context> = "context",
        pub data: Option<Free> = "data",
        pub limits: Limits = "limits",
    }
}

shape! {
    /// The session began as a copy.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SessionRestored {
        pub app: Arc<str> = "app",
        pub id: Id = "id",
        pub state: Restored = "state",
    }
}

shape! {
    /// Whoever acted produces a stream from now on.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct ProducerChanged {
        pub message: Id = "message",
        pub epoch: u32 = "epoch",
    }
}

shape! {
    /// A message was talked over: its content is cut to so many bytes, and its metadata is what it now is.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct MessageInterrupted {
        pub message: Id = "message",
        pub heard: Option<u64> = "heard",
        pub metadata: Option<Free> = "metadata",
    }
}

shape! {
    /// The oldest messages left the live session.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct MessagesTrimmed {
        pub messages: Vec<Id> = "messages",
    }
}

shape! {
    /// The limits are now these.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct LimitsSet {
        pub limits: Limits = "limits",
    }
}

shape! {
    /// The session ended for writing.
    #[allow(missing_docs, reason = "the sentence names the fields")]
    pub struct SessionEnded {
        pub reason: EndReason = "reason",
    }
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

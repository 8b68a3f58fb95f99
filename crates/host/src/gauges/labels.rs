//! The labels, and the fixed sets that their values come from.

use std::borrow::Cow;

use prometheus_client::encoding::EncodeLabelSet;

use crate::engine::Op;

/// What was asked of a session, and what came of it: `ok`, or a permanent code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CommandLabels {
    pub(crate) kind: &'static str,
    pub(crate) outcome: Cow<'static, str>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    /// The route as the documentation has it, without ids.
    pub(crate) route: &'static str,
    pub(crate) method: &'static str,
    pub(crate) status: u16,
}

/// A kind of command, of frame, of door.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Kind {
    pub(super) kind: &'static str,
}

/// Why.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Reason {
    pub(super) reason: Cow<'static, str>,
}

/// Where sessions are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct State {
    pub(super) state: &'static str,
}

/// What became of an append.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Store {
    pub(super) outcome: &'static str,
}

/// One of the shards.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ShardLabel {
    pub(super) shard: u32,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabels {
    pub(super) version: &'static str,
    pub(super) module: String,
    pub(super) schema: u32,
    pub(super) store: &'static str,
}

/// What an operation is called where it is counted.
pub(crate) fn op_name(op: &Op<'_>) -> &'static str {
    match op {
        Op::Create => "create",
        Op::Read { .. } => "read",
        Op::Update => "update",
        Op::End => "end",
        Op::Erase => "erase",
        Op::AppendMessage => "appendMessage",
        Op::ListMessages { .. } => "listMessages",
        Op::ReadMessage(_) => "readMessage",
        Op::AppendDelta(_) => "appendDelta",
        Op::Complete(_) => "complete",
        Op::Stop(_) => "stop",
        Op::Interrupt(_) => "interrupt",
        Op::Revise(_) => "revise",
        Op::TakeOver(_) => "takeOver",
        Op::PatchMessage(_) => "patchMessage",
        Op::RemoveMessage(_) => "removeMessage",
        Op::Rewind => "rewind",
        Op::Compact => "compact",
        Op::SignIn => "signIn",
        Op::SignOut => "signOut",
        Op::Fork => "fork",
        Op::Restore => "restore",
        Op::Export => "export",
        Op::ReadPrivate(_) => "readPrivate",
        Op::SetPrivate(_) => "setPrivate",
        Op::RemovePrivate(_) => "removePrivate",
        Op::Presence { .. } => "presence",
        Op::Fail(_) => "fail",
        Op::StreamLines(_) => "streamLines",
        Op::SetProject => "setProject",
        Op::RecordIssue(_) => "recordIssue",
        Op::RemoveIssue(_) => "removeIssue",
        Op::SetPreferences => "setPreferences",
        Op::Commands => "commands",
        Op::Submit => "submit",
        Op::Subscribe { .. } => "subscribe",
        Op::Settle => "settle",
        Op::CheckStream(_) => "checkStream",
    }
}

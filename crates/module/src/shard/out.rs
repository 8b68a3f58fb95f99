//! What a call brings about, collected and then encoded once.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_abi::{Append, Entry, Head as AbiHead, Kept, Reply, ReplyKind, Response, Stats, Touch};
use colloq_core::{Head, Session, Slot, summary_json};

use crate::note::{Note, Ready};

/// The parts of a response, owned.
#[derive(Default)]
pub(super) struct Out {
    replies: Vec<(ReplyKind, Ready)>,
    pub(super) appends: Vec<OutAppend>,
    snapshots: Vec<(String, [u8; 16], Head, String)>,
    touches: Vec<(String, [u8; 16], u64, Option<u64>)>,
    pub(super) wake_at: Option<u64>,
    pub(super) damaged: Option<String>,
    pub(super) stats: Option<Stats<'static>>,
}

/// An append to carry out.
#[derive(Default)]
pub(super) struct OutAppend {
    app: String,
    session: [u8; 16],
    expected: Head,
    entries: Vec<(Head, Vec<u8>)>,
    pub(super) replies: Vec<Ready>,
    user: String,
    summary: String,
    active_ms: u64,
    deadline_ms: Option<u64>,
    ended: Option<String>,
}

impl OutAppend {
    /// What indexes are to hold of the state after it.
    pub(super) fn describe(&mut self, tail: &Session, touched_at: u64, was_active: bool) {
        self.app = (*tail.app).into();
        self.session = *tail.id.as_bytes();
        self.user = (*tail.user_id).into();
        self.summary = summary_json(tail, touched_at);
        self.active_ms = touched_at.max(tail.created_at);
        self.deadline_ms = tail.deadline(touched_at);
        // The reason is a word of the schema; it is written as JSON text and stripped of its quotes.
        let reason = tail.ended.filter(|_| was_active).and_then(|ended| serde_json::to_string(&ended.reason).ok());
        self.ended = reason.map(|reason| reason.trim_matches('"').into());
    }
}

impl Out {
    pub(super) fn answer(&mut self, ready: Ready) {
        self.replies.push((ReplyKind::Answer, ready));
    }

    pub(super) fn load(&mut self, ticket: u64) {
        self.replies.push((ReplyKind::Load, Ready { ticket, status: 0, version: 0, body: Vec::new() }));
    }

    pub(super) fn again(&mut self, ticket: u64) {
        self.replies.push((ReplyKind::Again, Ready { ticket, status: 0, version: 0, body: Vec::new() }));
    }

    pub(super) fn append(&mut self, expected: Head, entries: &[(&str, Head)]) {
        let entries = entries.iter().map(|(text, head)| (*head, text.as_bytes().to_vec())).collect();
        self.appends.push(OutAppend { expected, entries, ..OutAppend::default() });
    }

    pub(super) fn snapshot(&mut self, session: &Session) {
        self.snapshots.push(((*session.app).into(), *session.id.as_bytes(), session.head, session.to_snapshot()));
    }

    pub(super) fn touch(&mut self, slot: &Slot<Note>) {
        let session = slot.replica.confirmed();
        self.touches.push(((*session.app).into(), *session.id.as_bytes(), slot.touched_at, session.deadline(slot.touched_at)));
    }

    pub(super) fn encode(&self, mut buffer: Vec<u8>) -> Vec<u8> {
        let response = Response {
            replies: self.replies.iter().map(|(kind, ready)| reply(*kind, ready)).collect(),
            appends: self.appends.iter().map(append).collect(),
            snapshots: self.snapshots.iter().map(|(app, session, head, text)| kept(app, *session, *head, text)).collect(),
            touches: self
                .touches
                .iter()
                .map(|(app, session, active_ms, deadline_ms)| touch(app, *session, *active_ms, *deadline_ms))
                .collect(),
            erasures: Vec::new(),
            losses: Vec::new(),
            wake_at: self.wake_at,
            damaged: self.damaged.as_deref(),
            stats: self.stats,
        };
        buffer.clear();
        colloq_abi::encode_into(&response, buffer).expect("a response always encodes")
    }
}

fn abi_head(head: Head) -> AbiHead {
    AbiHead { version: head.version, chain: head.chain.0 }
}

fn reply(kind: ReplyKind, ready: &Ready) -> Reply<'_> {
    Reply { ticket: ready.ticket, kind, status: ready.status, version: ready.version, body: &ready.body }
}

fn append(append: &OutAppend) -> Append<'_> {
    Append {
        app: &append.app,
        session: append.session,
        expected: abi_head(append.expected),
        entries: append.entries.iter().map(|(head, bytes)| Entry { head: abi_head(*head), bytes }).collect(),
        replies: append.replies.iter().map(|ready| reply(ReplyKind::Answer, ready)).collect(),
        user: &append.user,
        summary: append.summary.as_bytes(),
        active_ms: append.active_ms,
        deadline_ms: append.deadline_ms,
        ended: append.ended.as_deref(),
    }
}

fn kept<'a>(app: &'a str, session: [u8; 16], head: Head, text: &'a str) -> Kept<'a> {
    Kept { app, session, head: abi_head(head), bytes: text.as_bytes() }
}

fn touch(app: &str, session: [u8; 16], active_ms: u64, deadline_ms: Option<u64>) -> Touch<'_> {
    Touch { app, session, active_ms, deadline_ms }
}

//! What a call brings about, collected and then encoded once.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_abi::{Append, Entry, Erasure, Head as AbiHead, Kept, Loss, Reply, ReplyKind, Response, Touch};
use colloq_core::{Head, Session, Slot, summary_json};

use crate::note::{Note, Ready};

/// The parts of a response, owned.
#[derive(Default)]
pub(super) struct Out {
    replies: Vec<(ReplyKind, Ready)>,
    pub(super) appends: Vec<OutAppend>,
    snapshots: Vec<(String, [u8; 16], Head, String)>,
    touches: Vec<(String, [u8; 16], u64, Option<u64>)>,
    erasures: Vec<(String, [u8; 16])>,
    losses: Vec<(String, [u8; 16], Vec<(Box<str>, Head)>)>,
    pub(super) wake_at: Option<u64>,
    pub(super) damaged: Option<String>,
    pub(super) stats: Option<Stats>,
}

/// Counters, owned.
pub(super) struct Stats {
    pub(super) sessions: u64,
    pub(super) memory_bytes: u64,
    pub(super) counters: String,
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
    ended: Option<&'static str>,
}

impl OutAppend {
    /// What indexes are to hold of the state after it.
    pub(super) fn describe(&mut self, tail: &Session, touched_at: u64, had_ended: bool) {
        self.app = (*tail.app).into();
        self.session = *tail.id.as_bytes();
        self.user = (*tail.user_id).into();
        self.summary = summary_json(tail, touched_at);
        self.active_ms = touched_at.max(tail.created_at);
        self.deadline_ms = tail.deadline(touched_at);
        self.ended = tail.ended.filter(|_| !had_ended).map(|ended| ended.reason.as_str());
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

    pub(super) fn erase(&mut self, session: &Session) {
        self.erasures.push(((*session.app).into(), *session.id.as_bytes()));
    }

    pub(super) fn lose(&mut self, session: &Session, lost: Vec<(Box<str>, Head)>) {
        if !lost.is_empty() {
            self.losses.push(((*session.app).into(), *session.id.as_bytes(), lost));
        }
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
            erasures: self.erasures.iter().map(|(app, session)| Erasure { app, session: *session }).collect(),
            losses: self.losses.iter().map(|(app, session, lost)| Loss { app, session: *session, entries: entries(lost) }).collect(),
            wake_at: self.wake_at,
            damaged: self.damaged.as_deref(),
            stats: self.stats.as_ref().map(|stats| colloq_abi::Stats {
                sessions: stats.sessions,
                memory_bytes: stats.memory_bytes,
                counters: stats.counters.as_bytes(),
            }),
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
        ended: append.ended,
    }
}

fn entries(lost: &[(Box<str>, Head)]) -> Vec<Entry<'_>> {
    lost.iter().map(|(text, head)| Entry { head: abi_head(*head), bytes: text.as_bytes() }).collect()
}

fn kept<'a>(app: &'a str, session: [u8; 16], head: Head, text: &'a str) -> Kept<'a> {
    Kept { app, session, head: abi_head(head), bytes: text.as_bytes() }
}

fn touch(app: &str, session: [u8; 16], active_ms: u64, deadline_ms: Option<u64>) -> Touch<'_> {
    Touch { app, session, active_ms, deadline_ms }
}

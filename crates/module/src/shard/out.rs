//! What a call brings about, encoded as it comes about. A text that is long is written once: where the host will read it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::take;

use colloq_abi::{
    Append, Effect as _, End, Entry, Erasure, Head as AbiHead, Kept, Loss, News, Reply, ReplyKind, Rested, Touch, Unanswered,
};
use colloq_core::{Head, Id, Rejection, Session, Slot, summary_json};

use crate::note::{Note, Ready};

/// Room for what stands before a body.
const ROOM: &str = match core::str::from_utf8(&[0; Reply::ROOM_BYTES]) {
    Ok(room) => room,
    Err(_) => unreachable!(),
};

/// A response that is being written.
pub(super) struct Out {
    answer: Vec<u8>,
    pub(super) damaged: Option<String>,
    pub(super) stats: Option<Stats>,
}

/// Counters, owned.
pub(super) struct Stats {
    pub(super) sessions: u64,
    pub(super) memory_bytes: u64,
    pub(super) counters: String,
}

/// What indexes are to hold of a session after an append.
pub(super) struct Row {
    app: Arc<str>,
    session: Id,
    user: Arc<str>,
    summary: String,
    active_ms: u64,
    deadline_ms: Option<u64>,
    unanswered: Option<Unanswered>,
    ended: Option<&'static str>,
    turned: bool,
    former: Option<Arc<str>>,
    signed: bool,
}

impl Row {
    /// What changed is told against the state `before`.
    pub(super) fn of(before: &Session, tail: &Session, touched_at: u64) -> Self {
        let unanswered = unanswered(tail);
        Self {
            app: tail.app.clone(),
            session: tail.id,
            user: tail.user_id.clone(),
            summary: summary_json(tail, touched_at),
            active_ms: touched_at.max(tail.created_at),
            deadline_ms: tail.deadline(touched_at),
            unanswered,
            ended: tail.ended.filter(|_| before.ended.is_none()).map(|ended| ended.reason.as_str()),
            turned: unanswered.map(|it| it.message) != before.unanswered().map(|message| *message.id().as_bytes()),
            former: (before.exists() && before.user_id != tail.user_id).then(|| before.user_id.clone()),
            signed: before.exists() && before.auth.generation != tail.auth.generation,
        }
    }
}

impl Out {
    /// A response in the memory of an earlier one.
    pub(super) fn new(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self { answer: buffer, damaged: None, stats: None }
    }

    pub(super) fn answer(&mut self, ready: &Ready) {
        reply(ready).put_effect(&mut self.answer);
    }

    /// Answers with a text, and with the status that `write` gives.
    pub(super) fn answer_with(&mut self, ticket: u64, version: u64, write: impl FnOnce(&mut String) -> Result<u16, Rejection>) {
        // Zeros, which are text, hold the place of what stands before the body. What was written before may not be text.
        let answer = take(&mut self.answer);
        let (mut before, room) = if answer.is_empty() { (Vec::new(), answer) } else { (answer, Vec::new()) };
        let mut text = String::from_utf8(room).unwrap_or_default();
        text.push_str(ROOM);
        let (status, version) = match write(&mut text) {
            Ok(status) => (status, version),
            Err(rejection) => {
                text.truncate(Reply::ROOM_BYTES);
                text.push_str(&rejection.to_problem());
                (rejection.code.status(), 0)
            }
        };
        let mut answer = text.into_bytes();
        Reply { ticket, kind: ReplyKind::Answer, status, version, body: &[] }.put_before(&mut answer);
        if before.is_empty() {
            self.answer = answer;
        } else {
            before.extend_from_slice(&answer);
            self.answer = before;
        }
    }

    pub(super) fn load(&mut self, ticket: u64) {
        self.hint(ticket, ReplyKind::Load, &[]);
    }

    /// Asks for what the store has behind a head, or in its place.
    pub(super) fn load_after(&mut self, known: Head) {
        self.hint(0, ReplyKind::Load, &colloq_abi::encode(&abi_head(known)));
    }

    pub(super) fn again(&mut self, ticket: u64) {
        self.hint(ticket, ReplyKind::Again, &[]);
    }

    fn hint(&mut self, ticket: u64, kind: ReplyKind, body: &[u8]) {
        Reply { ticket, kind, status: 0, version: 0, body }.put_effect(&mut self.answer);
    }

    pub(super) fn append(&mut self, row: &Row, expected: Head, entries: &[(&str, Head)], replies: &[Ready]) {
        let append = Append {
            app: &row.app,
            session: *row.session.as_bytes(),
            expected: abi_head(expected),
            entries: entries.iter().map(|(text, head)| entry(text, *head)).collect(),
            replies: replies.iter().map(reply).collect(),
            user: &row.user,
            summary: row.summary.as_bytes(),
            active_ms: row.active_ms,
            deadline_ms: row.deadline_ms,
            unanswered: row.unanswered,
            news: News { ended: row.ended, turned: row.turned, former: row.former.as_deref(), signed: row.signed },
        };
        append.put_effect(&mut self.answer);
    }

    /// Gives a snapshot to the store; answers how many bytes it has.
    pub(super) fn snapshot(&mut self, session: &Session) -> usize {
        let text = session.to_snapshot();
        let head = abi_head(session.head);
        Kept { app: &session.app, session: *session.id.as_bytes(), head, bytes: text.as_bytes() }.put_effect(&mut self.answer);
        text.len()
    }

    pub(super) fn touch(&mut self, slot: &Slot<Note>) {
        let session = slot.replica.confirmed();
        let (active_ms, deadline_ms) = (slot.touched_at, session.deadline(slot.touched_at));
        let unanswered = unanswered(session);
        Touch { app: &session.app, session: *session.id.as_bytes(), active_ms, deadline_ms, unanswered }.put_effect(&mut self.answer);
    }

    pub(super) fn erase(&mut self, session: &Session) {
        Erasure { app: &session.app, session: *session.id.as_bytes(), user: &session.user_id }.put_effect(&mut self.answer);
    }

    pub(super) fn rested(&mut self, session: &Session) {
        Rested { app: &session.app, session: *session.id.as_bytes() }.put_effect(&mut self.answer);
    }

    pub(super) fn lose(&mut self, session: &Session, lost: &[(Box<str>, Head)]) {
        if !lost.is_empty() {
            let entries = lost.iter().map(|(text, head)| entry(text, *head)).collect();
            Loss { app: &session.app, session: *session.id.as_bytes(), entries }.put_effect(&mut self.answer);
        }
    }

    /// The response, whole.
    pub(super) fn finish(mut self, wake_at: Option<u64>) -> Vec<u8> {
        let stats = self.stats.as_ref().map(|stats| colloq_abi::Stats {
            sessions: stats.sessions,
            memory_bytes: stats.memory_bytes,
            counters: stats.counters.as_bytes(),
        });
        End { wake_at, damaged: self.damaged.as_deref(), stats }.put_effect(&mut self.answer);
        self.answer
    }
}

fn unanswered(session: &Session) -> Option<Unanswered> {
    session.unanswered().map(|message| Unanswered { message: *message.id().as_bytes(), at_ms: message.timestamp() })
}

fn abi_head(head: Head) -> AbiHead {
    AbiHead { version: head.version, chain: head.chain.0 }
}

fn reply(ready: &Ready) -> Reply<'_> {
    Reply { ticket: ready.ticket, kind: ReplyKind::Answer, status: ready.status, version: ready.version, body: &ready.body }
}

fn entry(text: &str, head: Head) -> Entry<'_> {
    Entry { head: abi_head(head), bytes: text.as_bytes() }
}

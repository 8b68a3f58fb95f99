//! What a module answers, taken out of its memory: replies to hand on, and appends to carry out.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use colloq_abi::{ReplyKind, Response};
use colloq_store::{Append, Head, Key, Meta, Record, Snapshot, Touch, Unanswered};

use super::hub::Frame;
use crate::auth::unhex;

/// A response without borrows.
pub(super) struct Effects {
    pub(super) replies: Vec<OwnedReply>,
    pub(super) appends: Vec<OwnedAppend>,
    pub(super) snapshots: Vec<(Key, Snapshot)>,
    pub(super) touches: Vec<(Key, Touch)>,
    pub(super) erasures: Vec<(Key, Box<str>)>,
    pub(super) rests: Vec<Key>,
    pub(super) losses: Vec<(Key, Vec<Record>)>,
    pub(super) wake_at: Option<u64>,
    pub(super) damaged: Option<String>,
    pub(super) stats: Option<OwnedStats>,
}

/// Counters without borrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnedStats {
    pub(super) sessions: u64,
    pub(super) memory_bytes: u64,
    /// JSON.
    pub(super) counters: Bytes,
}

/// A reply to whoever a ticket names.
#[derive(Clone, Debug)]
pub(super) struct OwnedReply {
    pub(super) ticket: u64,
    pub(super) kind: ReplyKind,
    pub(super) status: u16,
    pub(super) version: u64,
    pub(super) body: Bytes,
}

/// An append, and the replies that wait for it.
pub(super) struct OwnedAppend {
    pub(super) append: Append,
    pub(super) replies: Vec<OwnedReply>,
    pub(super) news: News,
}

/// What an append changes beside the log, without borrows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    pub(super) ended: Option<Box<str>>,
    pub(super) turned: bool,
    pub(super) former: Option<Box<str>>,
    pub(super) signed: bool,
}

impl Effects {
    pub(super) fn read(answer: &[u8]) -> Option<Self> {
        let response: Response<'_> = colloq_abi::decode(answer).ok()?;
        Some(Self {
            replies: response.replies.iter().map(reply).collect(),
            appends: response.appends.iter().map(append).collect(),
            snapshots: response.snapshots.iter().map(|kept| (key(kept.app, kept.session), snapshot(kept))).collect(),
            touches: response.touches.iter().map(touch).collect(),
            erasures: response.erasures.iter().map(|erasure| (key(erasure.app, erasure.session), erasure.user.into())).collect(),
            rests: response.rests.iter().map(|rested| key(rested.app, rested.session)).collect(),
            losses: response.losses.iter().map(|loss| (key(loss.app, loss.session), records(&loss.entries))).collect(),
            wake_at: response.wake_at,
            damaged: response.damaged.map(Into::into),
            stats: response.stats.as_ref().map(stats),
        })
    }
}

pub(super) fn key(app: &str, session: [u8; 16]) -> Key {
    Key { app: Arc::from(app), session }
}

fn head(head: colloq_abi::Head) -> Head {
    Head { version: head.version, chain: head.chain }
}

fn reply(reply: &colloq_abi::Reply<'_>) -> OwnedReply {
    let body = Bytes::copy_from_slice(reply.body);
    OwnedReply { ticket: reply.ticket, kind: reply.kind, status: reply.status, version: reply.version, body }
}

fn records(entries: &[colloq_abi::Entry<'_>]) -> Vec<Record> {
    entries.iter().map(|entry| Record { head: head(entry.head), bytes: Bytes::copy_from_slice(entry.bytes) }).collect()
}

fn stats(stats: &colloq_abi::Stats<'_>) -> OwnedStats {
    let counters = Bytes::copy_from_slice(stats.counters);
    OwnedStats { sessions: stats.sessions, memory_bytes: stats.memory_bytes, counters }
}

fn append(append: &colloq_abi::Append<'_>) -> OwnedAppend {
    let meta = Meta {
        user: append.user.into(),
        summary: Bytes::copy_from_slice(append.summary),
        active_ms: append.active_ms,
        deadline_ms: append.deadline_ms,
        unanswered: append.unanswered.map(unanswered),
    };
    let (key, records) = (key(append.app, append.session), records(&append.entries));
    let append_of = Append { key, expected: head(append.expected), records, meta };
    let colloq_abi::News { ended, turned, former, signed } = append.news;
    let news = News { ended: ended.map(Into::into), turned, former: former.map(Into::into), signed };
    OwnedAppend { append: append_of, replies: append.replies.iter().map(reply).collect(), news }
}

fn unanswered(unanswered: colloq_abi::Unanswered) -> Unanswered {
    Unanswered { message: unanswered.message, at_ms: unanswered.at_ms }
}

fn touch(touch: &colloq_abi::Touch<'_>) -> (Key, Touch) {
    let (active_ms, deadline_ms) = (touch.active_ms, touch.deadline_ms);
    (key(touch.app, touch.session), Touch { active_ms, deadline_ms, unanswered: touch.unanswered.map(unanswered) })
}

fn snapshot(kept: &colloq_abi::Kept<'_>) -> Snapshot {
    Snapshot { head: head(kept.head), bytes: Bytes::copy_from_slice(kept.bytes) }
}

/// An `entries` frame around entries as they are stored.
pub(super) fn entries_frame(session: uuid::Uuid, from: Head, records: &[Record]) -> Frame {
    let size: usize = records.iter().map(|record| record.bytes.len() + 1).sum();
    let mut frame = BytesMut::with_capacity(size + 200);
    let chain = hex(&from.chain);
    let opening = format!(r#"{{"kind":"entries","session":"{session}","from":[{},"{chain}"],"entries":["#, from.version);
    frame.extend_from_slice(opening.as_bytes());
    for (at, record) in records.iter().enumerate() {
        if at > 0 {
            frame.extend_from_slice(b",");
        }
        frame.extend_from_slice(&record.bytes);
    }
    frame.extend_from_slice(b"]}");
    Frame::at(frame, records.last().map_or(from, |record| record.head))
}

/// A `snapshot` frame as the module wrote it, which names its chain near its beginning.
pub(super) fn snapshot_frame(body: &Bytes, version: u64) -> Frame {
    let start = String::from_utf8_lossy(&body[..body.len().min(300)]);
    let chain = start.split_once(r#""chain":""#).and_then(|(_, rest)| unhex(rest.get(..64)?));
    match chain {
        Some(chain) => Frame::at(body.clone(), Head { version, chain }),
        None => Frame::new(body.clone()),
    }
}

/// A chain in hex, as frames have it.
pub(crate) fn hex(chain: &[u8]) -> String {
    let digits = chain.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|nibble| char::from_digit(u32::from(nibble), 16).unwrap_or('0')).collect()
}

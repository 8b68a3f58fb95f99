//! Sessions that were just read: whoever asks for the same again is given the same bytes, once the module has said that they may have
//! them and that the version still is theirs. What is not copied out of the module again is most of what a read takes.
//!
//! Only over a store that no other host writes to: there a version is one history. `lastActivity`, which is no part of a version, is as
//! old as the first of these reads: after anything else that is done with a session it is read anew.

use bytes::Bytes;
use colloq_abi::Op;
use colloq_store::Key;
use parking_lot::Mutex;

use super::Engine;
use super::answer::{Answer, CallSpec, EngineError};

/// So many sessions, each of them in the place that its id says: the last byte of one is random.
const PLACES: usize = 64;
/// Longer answers are not kept.
const BYTES_MAX: usize = 64 << 10;
/// For how long an answer is given again.
const KEPT_MS: u64 = 1000;

/// See the module's documentation.
pub(super) struct Reads {
    places: [Mutex<Option<Read>>; PLACES],
}

/// An answer that was given.
struct Read {
    key: Key,
    messages: Option<u32>,
    version: u64,
    body: Bytes,
    at_ms: u64,
}

impl Reads {
    pub(super) fn new() -> Self {
        Self { places: std::array::from_fn(|_| Mutex::new(None)) }
    }

    fn place(&self, key: &Key) -> &Mutex<Option<Read>> {
        &self.places[usize::from(key.session[15]) % PLACES]
    }

    /// A session's bytes as they were read just now, and the version that they are of.
    fn find(&self, key: &Key, messages: Option<u32>, now_ms: u64) -> Option<(u64, Bytes)> {
        let place = self.place(key).lock();
        let read = place.as_ref().filter(|read| read.key == *key && read.messages == messages && is_young(read, now_ms))?;
        Some((read.version, read.body.clone()))
    }

    /// Keeps the answer to a read, where it is one to give again.
    fn keep(&self, key: Key, messages: Option<u32>, answer: &Answer, now_ms: u64) {
        if answer.status == 200 && answer.code.is_none() && answer.body.len() <= BYTES_MAX {
            let (mut place, body) = (self.place(&key).lock(), answer.body.clone());
            *place = Some(Read { key, messages, version: answer.version, body, at_ms: now_ms });
        }
    }

    /// Something else is done with a session.
    fn forget(&self, key: &Key) {
        self.place(key).lock().take_if(|read| read.key == *key);
    }

    /// Lets go of what will not be given again.
    pub(super) fn forget_old(&self, now_ms: u64) {
        for place in &self.places {
            place.lock().take_if(|read| !is_young(read, now_ms));
        }
    }
}

impl Engine {
    /// What is no read, and may be a use of the session.
    pub(super) fn note_use(&self, call: &CallSpec<'_>) {
        if let (Some(reads), false) = (&self.inner.reads, matches!(call.op, Op::Read { .. })) {
            reads.forget(&call.session_key());
        }
    }

    /// A read: given the bytes of one before it where they still hold, and the caller has no condition.
    pub(super) async fn read(&self, reads: &Reads, mut call: CallSpec<'_>, messages: Option<u32>) -> Result<Answer, EngineError> {
        let (key, now_ms) = (call.session_key(), self.inner.outside.now_ms());
        let again = reads.find(&key, messages, now_ms).filter(|_| call.condition.is_none());
        call.condition = again.as_ref().map(|(version, _)| *version).or(call.condition);
        let answer = self.ask(&call).await?;
        match again {
            Some((_, body)) if answer.status == 304 => Ok(Answer { status: 200, body, ..answer }),
            _ => {
                reads.keep(key, messages, &answer, now_ms);
                Ok(answer)
            }
        }
    }
}

fn is_young(read: &Read, now_ms: u64) -> bool {
    now_ms >= read.at_ms && now_ms - read.at_ms < KEPT_MS
}

//! What waits for the writer: operations in their order, and touches, of which only the latest of a session counts.
//!
//! Nothing here ever waits but the writer itself: what does not fit is refused at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem;
use std::time::Duration;

use bytes::Bytes;
use colloq_store::{Append, AppendError, Archived, Found, Key, Loaded, PrivateError, PutError, Revocation, Snapshot, StoreError, Touch};
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::error::Fault;

const WAITING_MAX: usize = 65_536;
const WAITING_BYTES_MAX: usize = 256 << 20;
/// How long a touch may wait for an operation to share a commit with.
const TOUCH_WAIT: Duration = Duration::from_millis(200);

type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// A write, and where its answer goes.
pub(crate) enum Op {
    Append(Box<Append>, Reply<(), AppendError>),
    Snapshot(Key, Snapshot, Reply<(), StoreError>),
    Erase(Key, u64, Reply<bool, StoreError>),
    Private(Key, Box<str>, Option<Bytes>, Reply<(), PrivateError>),
    Whole(Key, Found, Box<Archived>, Reply<(), PutError>),
    Raise(u32, Reply<u32, StoreError>),
    Secret([u8; 32], Reply<[u8; 32], StoreError>),
    Revoke(Revocation, Reply<(), StoreError>),
    Keep(Box<str>, u64, Bytes, Reply<bool, StoreError>),
    Flush(Reply<(), StoreError>),
}

/// What became of a write, once it is committed.
pub(crate) enum Outcome {
    Done,
    Erased(bool),
    Secret([u8; 32]),
    Kept(bool),
    /// The session was erased, or is not there where it has to be.
    Refused,
    TooMany,
    Conflict(Box<Loaded>),
    /// Something else is there than what was to be replaced.
    Elsewhere(Found),
    Raised(u32),
}

/// All that was waiting.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) ops: Vec<Op>,
    pub(crate) touches: HashMap<Key, Touch>,
}

/// The queue between callers and the writer.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Default)]
struct State {
    batch: Batch,
    bytes: usize,
    closed: bool,
    failed: Option<String>,
}

impl Queue {
    /// Takes an operation, or answers it at once.
    pub(crate) fn push(&self, op: Op) {
        let mut state = self.state.lock();
        let refused = if let Some(why) = &state.failed {
            Some(why.clone())
        } else if state.closed {
            Some("it was closed".into())
        } else if state.batch.ops.len() >= WAITING_MAX || state.bytes >= WAITING_BYTES_MAX {
            Some("too many writes are waiting".into())
        } else {
            None
        };
        if let Some(why) = refused {
            drop(state);
            op.refuse(&why);
            return;
        }
        // An append says all that an earlier touch says, and a touch is applied behind it.
        if let Op::Append(append, _) = &op
            && state.batch.touches.get(&append.key).is_some_and(|touch| touch.active_ms <= append.meta.active_ms)
        {
            state.batch.touches.remove(&append.key);
        }
        state.bytes += op.bytes();
        state.batch.ops.push(op);
        drop(state);
        self.ready.notify_one();
    }

    pub(crate) fn touch(&self, key: &Key, touch: Touch) {
        let mut state = self.state.lock();
        if state.failed.is_some() || state.closed {
            return;
        }
        let first = state.batch.touches.is_empty();
        match state.batch.touches.entry(key.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(touch);
            }
            Entry::Occupied(mut waiting) if waiting.get().active_ms <= touch.active_ms => {
                waiting.insert(touch);
            }
            Entry::Occupied(_) => {}
        }
        drop(state);
        if first {
            self.ready.notify_one();
        }
    }

    /// Waits for work and takes all of it; `None` once the queue is closed and empty.
    pub(crate) fn take(&self) -> Option<Batch> {
        let mut state = self.state.lock();
        while state.batch.ops.is_empty() && !state.closed {
            if state.batch.touches.is_empty() {
                self.ready.wait(&mut state);
            } else if self.ready.wait_for(&mut state, TOUCH_WAIT).timed_out() {
                break;
            }
        }
        state.bytes = 0;
        let batch = mem::take(&mut state.batch);
        (!batch.ops.is_empty() || !batch.touches.is_empty() || !state.closed).then_some(batch)
    }

    /// From now on every write is refused. What waits is still taken.
    pub(crate) fn fail(&self, why: String) {
        self.state.lock().failed = Some(why);
    }

    pub(crate) fn failed(&self) -> Option<String> {
        self.state.lock().failed.clone()
    }

    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.ready.notify_one();
    }
}

impl Op {
    fn bytes(&self) -> usize {
        match self {
            Self::Append(append, _) => append.records.iter().map(|record| record.bytes.len()).sum(),
            Self::Snapshot(_, snapshot, _) => snapshot.bytes.len(),
            Self::Keep(_, _, bytes, _) => bytes.len(),
            Self::Private(_, _, value, _) => value.as_ref().map_or(0, Bytes::len),
            Self::Whole(_, _, archived, _) => match &**archived {
                Archived::Session(whole) => whole.records.iter().map(|record| record.bytes.len()).sum(),
                Archived::Erased { .. } => 0,
            },
            Self::Erase(..) | Self::Raise(..) | Self::Secret(..) | Self::Revoke(..) | Self::Flush(_) => 0,
        }
    }

    /// Answers what was committed. Whoever stopped waiting gets nothing, and that is no error.
    pub(crate) fn answer(self, outcome: Outcome) {
        let _ = match (self, outcome) {
            (Self::Append(_, reply), Outcome::Conflict(missed)) => reply.send(Err(AppendError::Conflict(missed))).is_ok(),
            (Self::Append(_, reply), Outcome::Refused) => reply.send(Err(AppendError::Erased)).is_ok(),
            (Self::Append(_, reply), _) => reply.send(Ok(())).is_ok(),
            (Self::Private(_, _, _, reply), Outcome::Refused) => reply.send(Err(PrivateError::NotFound)).is_ok(),
            (Self::Private(_, _, _, reply), Outcome::TooMany) => reply.send(Err(PrivateError::TooMany)).is_ok(),
            (Self::Private(_, _, _, reply), _) => reply.send(Ok(())).is_ok(),
            (Self::Erase(_, _, reply), outcome) => reply.send(Ok(matches!(outcome, Outcome::Erased(true)))).is_ok(),
            (Self::Whole(_, _, _, reply), Outcome::Elsewhere(found)) => reply.send(Err(PutError::Conflict(found))).is_ok(),
            (Self::Whole(_, _, _, reply), _) => reply.send(Ok(())).is_ok(),
            (Self::Raise(schema, reply), outcome) => reply.send(Ok(if let Outcome::Raised(is) = outcome { is } else { schema })).is_ok(),
            (Self::Secret(_, reply), Outcome::Secret(secret)) | (Self::Secret(secret, reply), _) => reply.send(Ok(secret)).is_ok(),
            (Self::Keep(_, _, _, reply), outcome) => reply.send(Ok(matches!(outcome, Outcome::Kept(true)))).is_ok(),
            (Self::Snapshot(_, _, reply) | Self::Revoke(_, reply) | Self::Flush(reply), _) => reply.send(Ok(())).is_ok(),
        };
    }

    /// Answers that it did not happen.
    pub(crate) fn fail(self, fault: &Fault) {
        self.answer_error(fault.answer(), false);
    }

    /// Answers that nobody can tell whether it happened.
    pub(crate) fn doubt(self, fault: &Fault) {
        self.answer_error(fault.answer(), true);
    }

    pub(crate) fn refuse(self, why: &str) {
        self.answer_error(StoreError::Unavailable(why.into()), false);
    }

    fn answer_error(self, error: StoreError, in_doubt: bool) {
        let _ = match self {
            Self::Append(_, reply) if in_doubt => reply.send(Err(AppendError::Unknown(error))).is_ok(),
            Self::Append(_, reply) => reply.send(Err(error.into())).is_ok(),
            Self::Erase(_, _, reply) | Self::Keep(_, _, _, reply) => reply.send(Err(error)).is_ok(),
            Self::Private(_, _, _, reply) => reply.send(Err(error.into())).is_ok(),
            Self::Whole(_, _, _, reply) => reply.send(Err(error.into())).is_ok(),
            Self::Raise(_, reply) => reply.send(Err(error)).is_ok(),
            Self::Secret(_, reply) => reply.send(Err(error)).is_ok(),
            Self::Snapshot(_, _, reply) | Self::Revoke(_, reply) | Self::Flush(reply) => reply.send(Err(error)).is_ok(),
        };
    }
}

//! What logs mean, as the module says: a shard of its own, outside of any store, with its clock standing still.
//!
//! A log is loaded as a host would load it, which checks its chain; then it is asked. Nothing is written anywhere, and nothing falls due.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use colloq_abi::{Actor, Call, Load, Open, Request, Response};
use colloq_store::{Head, Key, Record, Snapshot, Whole};

use crate::engine::{Instance, Machine, ModuleError, Op, Outside as _, Program, Role};

const MEMORY_BYTES_MAX: u64 = 2 << 30;
/// What was read leaves the memory soon.
const SESSIONS_MAX: u32 = 8;

/// An instance's memory only grows, so it is left after so many.
const GIVEN_MAX: usize = 4096;

/// Why a log could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The module says that it is no history.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It broke the module.
    #[error("it breaks the module: {0}")]
    Trapped(String),
    /// What is kept does not reach back so far, or does not go so far.
    #[error("its versions {from} to {to} are kept")]
    NotKept {
        /// The first version that can be shown.
        from: u64,
        /// The last.
        to: u64,
    },
}

/// See the module's documentation.
pub struct Reading {
    program: Arc<dyn Program>,
    instance: Option<Box<dyn Instance>>,
    /// What the instance was given: it keeps what it loaded, also of another version of the same session.
    given: HashSet<Key>,
    schema: u32,
}

impl Reading {
    /// Compiles a module's file.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn open(module: Bytes) -> Result<Self, ModuleError> {
        let mut reading = Self { program: Machine.program(module)?, instance: None, given: HashSet::new(), schema: 0 };
        reading.renew()?;
        Ok(reading)
    }

    /// The schema that the module writes.
    pub fn schema(&self) -> u32 {
        self.schema
    }

    /// Checks a session from its first entry or snapshot to its head.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&mut self, key: &Key, whole: &Whole) -> Result<(), Unreadable> {
        self.read(key, whole, whole.head().version, Op::Read { messages: Some(1) }).map(drop)
    }

    /// What an operation that only reads answers of a session as it was at a version.
    ///
    /// # Errors
    /// Why it cannot be said.
    pub fn read(&mut self, key: &Key, whole: &Whole, version: u64, op: Op<'_>) -> Result<Bytes, Unreadable> {
        if self.instance.is_none() || self.given.len() >= GIVEN_MAX || self.given.contains(key) {
            self.renew().map_err(|error| Unreadable::Trapped(error.to_string()))?;
        }
        self.given.insert(key.clone());
        let (snapshot, records, head) = place(whole, version)?;
        let load = Load {
            app: &key.app,
            session: key.session,
            snapshot: snapshot.map(|snapshot| colloq_abi::Snapshot { head: head_of(snapshot.head), bytes: &snapshot.bytes }),
            entries: records.iter().map(|record| &record.bytes[..]).collect(),
            head: head_of(head),
            touched_ms: 0,
        };
        self.ask(&Request::Load(load), |_| Some(()))?;
        let actor = Actor { role: Role::Operator, id: "colloq", name: None, anonymous: false, generation: None };
        let call = Call {
            ticket: 2,
            now: 0,
            app: &key.app,
            session: key.session,
            actor,
            entropy: [0; 16],
            absent: true,
            condition: None,
            key: None,
            op,
            body: b"{}",
        };
        let body = self.ask(&Request::Call(call), |response| {
            let reply = response.replies.first().filter(|reply| reply.status < 400)?;
            Some(Bytes::copy_from_slice(reply.body))
        })?;
        Ok(body)
    }

    fn ask<T>(&mut self, request: &Request<'_>, read: impl FnOnce(&Response<'_>) -> Option<T>) -> Result<T, Unreadable> {
        let Some(mut instance) = self.instance.take() else { return Err(Unreadable::Trapped("there is no instance".into())) };
        // After a trap it stays away.
        let answer = instance.call(&colloq_abi::encode(request)).map_err(|trap| Unreadable::Trapped(trap.to_string()))?.to_vec();
        self.instance = Some(instance);
        let response: Response<'_> =
            colloq_abi::decode(&answer).map_err(|_| Unreadable::Trapped("its answer is not of this envelope".into()))?;
        if let Some(why) = response.damaged {
            return Err(Unreadable::Damaged(why.to_owned()));
        }
        read(&response).ok_or_else(|| Unreadable::Damaged("the module does not take it for a session".into()))
    }

    fn renew(&mut self) -> Result<(), ModuleError> {
        let open = Open { seed: 0, sessions_max: SESSIONS_MAX, memory_bytes_max: MEMORY_BYTES_MAX, limits: b"", recent_max: 0 };
        // The old one's memory goes before the new one's comes.
        self.instance = None;
        self.given.clear();
        let (instance, manifest) = self.program.instantiate(&open)?;
        let manifest: colloq_abi::Manifest<'_> = colloq_abi::decode(&manifest).map_err(|_| ModuleError::Refused)?;
        (self.instance, self.schema) = (Some(instance), manifest.schema);
        Ok(())
    }
}

/// What a session at a version is made of: from the first entry where that is kept, otherwise from the snapshot.
fn place(whole: &Whole, version: u64) -> Result<(Option<&Snapshot>, &[Record], Head), Unreadable> {
    let (floor, last) = (whole.floor(), whole.head().version);
    let snapshot = whole.snapshot.as_ref().filter(|_| floor > 0);
    let base = snapshot.map_or(0, |snapshot| snapshot.head.version);
    if version < base.max(1) || version > last {
        return Err(Unreadable::NotKept { from: base.max(1), to: last });
    }
    let index = |version: u64| usize::try_from(version - floor).expect("a log fits into memory");
    let records = &whole.records[index(base)..index(version)];
    let head = records.last().map(|record| record.head).or(snapshot.map(|snapshot| snapshot.head));
    Ok((snapshot, records, head.expect("a version has an entry or is the snapshot's")))
}

fn head_of(head: Head) -> colloq_abi::Head {
    colloq_abi::Head { version: head.version, chain: head.chain }
}

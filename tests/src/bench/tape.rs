//! Requests as bytes, made before anything is measured, so that every target is asked the very same.

use colloq_abi::{Actor, Call, Op, Open, ReplyKind, Request, Response, Role};
use colloq_core::Id;

use super::standard;

/// When all of it happens: 2026-01-01T00:00:00Z.
const BEGIN_MS: u64 = 1_767_225_600_000;
const APP: &str = "default";

/// What answers requests.
pub trait Target {
    /// Answers a request; the answer holds until the next one.
    fn call(&mut self, request: &[u8]) -> &[u8];
}

/// What a shard is opened with.
pub fn open() -> Open<'static> {
    Open { seed: 1, sessions_max: 1 << 20, memory_bytes_max: 2 << 30, limits: b"", recent_max: 0 }
}

/// One write and the word that the store has it.
pub struct Write {
    /// The call.
    pub call: Vec<u8>,
    /// What follows once its append is in the store.
    pub appended: Vec<u8>,
}

impl Write {
    /// Carries it out, both halves.
    pub fn run(&self, target: &mut dyn Target) {
        std::hint::black_box(target.call(&self.call));
        std::hint::black_box(target.call(&self.appended));
    }

    /// The same, and looks at the answers.
    ///
    /// # Panics
    /// If it was not accepted.
    pub fn check(&self, target: &mut dyn Target) {
        let response: Response<'_> = colloq_abi::decode(target.call(&self.call)).expect("an answer decodes");
        let [append] = &*response.appends else { panic!("one append is asked for: {response:?}") };
        assert_eq!((append.entries.len(), append.replies.len(), append.replies[0].status), (1, 1, 201));
        let response: Response<'_> = colloq_abi::decode(target.call(&self.appended)).expect("an answer decodes");
        assert!(response.appends.is_empty() && response.damaged.is_none(), "nothing is left: {response:?}");
    }
}

/// Sessions, what is said in them, and how they are read.
pub struct Tape {
    /// Creates every session.
    pub creates: Vec<Write>,
    /// Says one message after another, in one session after another.
    pub appends: Vec<Write>,
    /// Reads every session.
    pub reads: Vec<Vec<u8>>,
}

impl Tape {
    /// So many sessions that come to so many messages each.
    pub fn record(sessions: usize, messages: usize) -> Self {
        let ids: Vec<Id> = (0..sessions).map(id).collect();
        let create = |id: &Id| write(*id, 0, Op::Create, b"{}");
        let append = |nth: usize| {
            let (session, body) = (ids[nth % sessions], standard::message(nth / sessions));
            write(session, nth, Op::AppendMessage, body.as_bytes())
        };
        let last = sessions * messages;
        Self {
            creates: ids.iter().map(create).collect(),
            appends: (0..last).map(append).collect(),
            reads: ids.iter().map(|id| call(*id, last, Op::Read { messages: None }, b"")).collect(),
        }
    }
}

/// Reads a session.
///
/// # Panics
/// If it cannot be read.
pub fn read(target: &mut dyn Target, request: &[u8]) -> Vec<u8> {
    let response: Response<'_> = colloq_abi::decode(target.call(request)).expect("an answer decodes");
    let [reply] = &*response.replies else { panic!("one reply comes at once: {response:?}") };
    assert_eq!((reply.kind, reply.status), (ReplyKind::Answer, 200));
    reply.body.to_vec()
}

fn id(nth: usize) -> Id {
    // Spread as random ids are.
    Id::mint(BEGIN_MS, (nth as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

fn write(session: Id, nth: usize, op: Op<'_>, body: &[u8]) -> Write {
    let appended = Request::Appended { app: APP, session: *session.as_bytes() };
    Write { call: call(session, nth, op, body), appended: encode(&appended) }
}

fn call(session: Id, nth: usize, op: Op<'_>, body: &[u8]) -> Vec<u8> {
    let entropy = if op == Op::AppendMessage { *id(nth + (1 << 32)).as_bytes() } else { [0; 16] };
    // Some ten a millisecond, so that time goes on and nothing comes near a deadline.
    let now = BEGIN_MS + nth as u64 / 10;
    let actor = Actor { role: Role::User, id: "ada", name: None, anonymous: false, generation: None };
    let (ticket, app, session) = (2, APP, *session.as_bytes());
    encode(&Request::Call(Call { ticket, now, app, session, actor, entropy, absent: false, condition: None, key: None, op, body }))
}

fn encode(request: &Request<'_>) -> Vec<u8> {
    colloq_abi::encode(request).expect("a request encodes")
}

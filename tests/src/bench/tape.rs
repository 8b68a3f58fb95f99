//! Requests as bytes, made before anything is measured, so that every target is asked the very same.

use colloq_abi::{Actor, Call, Op, Open, ReplyKind, Request, Response, Role};
use colloq_core::Id;

use super::standard;

/// When all of it begins: 2026-01-01T00:00:00Z.
pub const BEGIN_MS: u64 = 1_767_225_600_000;
/// The app of all sessions.
pub const APP: &str = "default";
/// The one who asks where it does not matter who.
const SOMEBODY: &str = "ada";

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
    /// If it was not accepted with this status.
    pub fn check(&self, target: &mut dyn Target, status: u16) {
        let response: Response<'_> = colloq_abi::decode(target.call(&self.call)).expect("an answer decodes");
        let [append] = &*response.appends else {
            let said: Vec<_> = response.replies.iter().map(|reply| String::from_utf8_lossy(reply.body)).collect();
            panic!("one append is asked for, not answered with {said:?}")
        };
        assert_eq!((append.entries.len(), append.replies.len(), append.replies[0].status), (1, 1, status));
        let response: Response<'_> = colloq_abi::decode(target.call(&self.appended)).expect("an answer decodes");
        assert!(response.appends.is_empty() && response.damaged.is_none(), "nothing is left: {response:?}");
    }
}

/// Something that somebody asks for.
#[derive(Clone)]
pub struct Ask<'a> {
    /// Of which session.
    pub session: Id,
    /// Who.
    pub user: String,
    /// In which role.
    pub role: Role,
    /// When, in milliseconds since 1970.
    pub now: u64,
    /// Which ids come of it, where some do: those of the nth.
    pub nth: usize,
    /// What.
    pub op: Op<'a>,
    /// The body.
    pub body: &'a [u8],
}

impl Ask<'_> {
    /// The call.
    pub fn call(&self) -> Vec<u8> {
        let entropy = if self.op == Op::AppendMessage { *id(self.nth + (1 << 32)).as_bytes() } else { [0; 16] };
        let actor = Actor { role: self.role, id: &self.user, name: None, anonymous: false, generation: None };
        let (ticket, session) = (2, *self.session.as_bytes());
        encode(&Request::Call(Call {
            ticket,
            now: self.now,
            app: APP,
            session,
            actor,
            entropy,
            absent: false,
            condition: None,
            key: None,
            op: self.op,
            body: self.body,
        }))
    }

    /// The call and what follows it.
    pub fn write(&self) -> Write {
        Write { call: self.call(), appended: appended(self.session) }
    }
}

/// The word that a session's append is in the store.
pub fn appended(session: Id) -> Vec<u8> {
    encode(&Request::Appended { app: APP, session: *session.as_bytes() })
}

/// The nth id, spread as random ids are.
pub fn id(nth: usize) -> Id {
    Id::mint(BEGIN_MS, (nth as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

/// A request as bytes.
///
/// # Panics
/// If it cannot be encoded.
pub fn encode(request: &Request<'_>) -> Vec<u8> {
    colloq_abi::encode(request)
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
        let create = |id: &Id| ask(*id, 0, Op::Create, b"{}").write();
        let append = |nth: usize| {
            let (session, body) = (ids[nth % sessions], standard::message(nth / sessions));
            ask(session, nth, Op::AppendMessage, body.as_bytes()).write()
        };
        let last = sessions * messages;
        Self {
            creates: ids.iter().map(create).collect(),
            appends: (0..last).map(append).collect(),
            reads: ids.iter().map(|id| ask(*id, last, Op::Read { messages: None }, b"").call()).collect(),
        }
    }
}

/// Somebody asks; some ten a millisecond, so that time goes on and nothing comes near a deadline.
fn ask<'a>(session: Id, nth: usize, op: Op<'a>, body: &'a [u8]) -> Ask<'a> {
    Ask { session, user: SOMEBODY.into(), role: Role::User, now: BEGIN_MS + nth as u64 / 10, nth, op, body }
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

/// How many sessions a shard has at hand, and how many bytes it has in use.
///
/// # Panics
/// If it does not say.
pub fn stats(target: &mut dyn Target) -> (u64, u64) {
    let response: Response<'_> = colloq_abi::decode(target.call(&encode(&Request::Stats))).expect("an answer decodes");
    let stats = response.stats.expect("counters were asked for");
    (stats.sessions, stats.memory_bytes)
}

//! The store on command: it waits, conflicts, forgets, loses and cannot tell, as a scenario wants it to.

use colloq_abi::{Append, Conflicted, Reply, Request};
use colloq_core::Id;

use super::{APP, World, encode};

/// What a store lost of a session and could not be given again, as the module reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The session.
    pub session: Id,
    /// The versions of the entries.
    pub versions: Vec<u64>,
    /// Their texts.
    pub texts: Vec<String>,
}

impl World {
    /// The store now has another host's history of a session.
    pub fn conflict_with(&mut self, other: &Self, session: Id) {
        self.logs.insert(session, other.log(session).clone());
    }

    /// From here on the store carries out no append.
    pub fn hold_appends(&mut self) {
        self.holding = true;
    }

    /// The store carries out what it held, and waits no more.
    pub fn release(&mut self) {
        self.holding = false;
        while self.release_one() {}
    }

    /// The store carries out the first append that it holds; `false` where it holds none.
    pub fn release_one(&mut self) -> bool {
        let Some(append) = self.held.pop_front() else { return false };
        let request = self.carry_out(&append);
        self.run(request);
        true
    }

    /// How many entries each append holds that the store has not carried out.
    pub fn held(&self) -> Vec<usize> {
        self.held.iter().map(|append| decode(append).entries.len()).collect()
    }

    /// The append in flight of a session failed for good.
    pub fn drop_append(&mut self, session: Id, code: &str) {
        self.held.pop_front().expect("an append is held");
        self.ask(&Request::Dropped { app: APP, session: *session.as_bytes(), code });
    }

    /// The store carries out the first append that it holds, and nobody hears of it: it seems to be held still.
    pub fn store_unheard(&mut self) {
        let append = self.held.front().expect("an append is held").clone();
        let append = decode(&append);
        assert!(self.log_mut(session_of(&append)).append(&append), "it fits the log");
        self.appends += 1;
    }

    /// The store cannot tell what became of the first append that it holds, so the module gives the identical one again. What waited for
    /// it goes on waiting.
    pub fn lose_outcome(&mut self) {
        let lost = self.held.pop_front().expect("an append is held");
        let session = session_of(&decode(&lost));
        self.unknown.insert(session, lost);
        self.ask(&Request::Unknown { app: APP, session: *session.as_bytes() });
    }

    /// The store forgets a session and keeps a tombstone; the module is told.
    pub fn erase(&mut self, session: Id) {
        self.bury(session);
        self.ask(&Request::Dropped { app: APP, session: *session.as_bytes(), code: "sessionNotFound" });
    }

    /// The same, of which this host does not hear: another one did it.
    pub fn erase_unheard(&mut self, session: Id) {
        self.bury(session);
    }

    /// Whether a session was erased.
    pub fn is_erased(&self, session: Id) -> bool {
        self.tombstones.contains(&session)
    }

    pub(super) fn bury(&mut self, session: Id) {
        self.logs.remove(&session);
        self.tombstones.insert(session);
    }

    /// An append with what waited for it, where it is given again after its outcome was not known. Encoded.
    pub(super) fn with_replies(&mut self, append: &Append<'_>) -> Vec<u8> {
        if let Some(lost) = self.unknown.get(&session_of(append)) {
            let lost = decode(lost);
            let bytes = |append: &Append<'_>| append.entries.iter().map(|entry| (entry.head, entry.bytes.to_vec())).collect::<Vec<_>>();
            assert_eq!((append.expected, bytes(append)), (lost.expected, bytes(&lost)), "it is given again to the byte");
            assert!(append.replies.is_empty(), "what waits for it is the host's already");
            return encode_append(&Append { replies: lost.replies, ..append.clone() });
        }
        encode_append(append)
    }

    /// Carries an append out; gives the request that tells the module how it went.
    pub(super) fn carry_out(&mut self, append: &[u8]) -> Vec<u8> {
        let append = decode(append);
        let session = session_of(&append);
        assert_eq!(append.app, APP);
        let was_unknown = self.unknown.remove(&session).is_some();
        if self.tombstones.contains(&session) {
            let code = if append.expected.version == 0 { "idTaken" } else { "sessionNotFound" };
            return encode(&Request::Dropped { app: APP, session: append.session, code });
        }
        // A host that sends an append again looks for it in the log first.
        let is_there = was_unknown && append.entries.last().is_some_and(|last| self.log_mut(session).has(last.head));
        if is_there || self.log_mut(session).append(&append) {
            self.appends += usize::from(!is_there);
            self.told.insert(session, append.entries.last().map_or(append.expected, |last| last.head));
            append.replies.iter().for_each(|reply: &Reply<'_>| self.deliver(session, reply));
            return encode(&Request::Appended { app: APP, session: append.session });
        }
        self.told.insert(session, append.expected);
        let in_doubt = was_unknown && self.log(session).head().version <= append.expected.version;
        self.conflicted(session, in_doubt)
    }

    /// What the store has beyond what the module was told of last; all of it where that is not in its log.
    pub(super) fn conflicted(&mut self, session: Id, in_doubt: bool) -> Vec<u8> {
        let told = self.told.get(&session).copied().unwrap_or(crate::log::Log::ZERO);
        let log = self.log(session);
        let continues = log.has(told);
        let load = if continues { log.load_from(session, told.version as usize) } else { log.load(session) };
        let request = encode(&Request::Conflicted(Conflicted { load, continues, in_doubt }));
        let head = log.head();
        self.told.insert(session, head);
        request
    }
}

pub(super) fn decode(append: &[u8]) -> Append<'_> {
    colloq_abi::decode(append).expect("it was encoded here")
}

fn encode_append(append: &Append<'_>) -> Vec<u8> {
    colloq_abi::encode(append)
}

fn session_of(append: &Append<'_>) -> Id {
    Id::from_bytes(append.session).expect("the module names sessions by their ids")
}

//! A replica: a session as its upstream confirmed it, and the commands that the upstream has yet to confirm.
//!
//! A browser's upstream is a host, a host's upstream is a store; both run this code. A host encodes what it decides and sends the
//! entries up; a browser sends the commands up and takes the host's entries. The view is the confirmed state with the pending
//! commands on top; it shares every message that they do not change.

mod host;
mod store;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use crate::clients::Turn;
use crate::code::{Code, Rejection};
use crate::command::{CommandId, Request};
use crate::entry::{DIGEST_EVERY, Entry, EntryError, Outcome, SCHEMA};
use crate::event::Event;
use crate::json::Json;
use crate::once::Used;
use crate::{Head, Id, Session, Stamp, decide, may_read};

/// Who confirms what this replica decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// A store: entries are encoded here, and appended as they are.
    Store,
    /// A host: it decides again, and its entries are the truth.
    Host,
}

/// A command that is not confirmed yet. `T` is what the owner wants back when it settles.
#[derive(Clone, Debug)]
pub struct Pending<T> {
    /// The command.
    pub request: Request,
    /// The version that its client started from.
    pub base: u64,
    /// Who and when, as decided here.
    pub stamp: Stamp,
    /// What was decided here; `None` before there is a state to decide on.
    pub entry: Option<Entry>,
    /// Why it was rejected here, where it was.
    pub rejection: Option<Rejection>,
    /// The entry's bytes and the head that they make (upstream a store).
    pub encoded: Option<(String, Head)>,
    /// The owner's note.
    pub note: T,
}

/// How a submitted command fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is pending at this version; with a rejection that will be on record.
    Pending(u64, Option<Rejection>),
    /// It was decided before, with this outcome.
    Duplicate(Option<Code>),
    /// Its one-shot id was used before; this became of it.
    Recorded(Used),
}

/// What a store's head says about the log that is confirmed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The store has what is confirmed.
    Current,
    /// Others wrote since.
    Ahead,
    /// The store went back to a place in the log; what it lost is at hand, and can be given to it again.
    Behind,
    /// The store's history is another one, or what it lost is not at hand.
    Apart,
}

/// How an append that met another head was settled.
#[derive(Debug)]
pub struct Conflict<T> {
    /// Those of its commands whose entries are in the store after all.
    pub appended: Vec<Pending<T>>,
    /// Commands that entries of others settled.
    pub settled: Vec<Settled<T>>,
    /// Commands that are now refused without a trace.
    pub refused: Refused<T>,
}

/// A command that an upstream settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled<T> {
    /// The command's id.
    pub id: Option<CommandId>,
    /// The version of its entry.
    pub version: u64,
    /// The code of its rejection, where it was rejected.
    pub rejected: Option<Code>,
    /// The message that it created, as far as that is known.
    pub message: Option<Id>,
    /// The owner's note.
    pub note: T,
}

/// Why entries were not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// They do not continue the confirmed log: ask again from its head.
    Gap,
    /// The state differs from the upstream's at the same head: take a snapshot.
    Diverged,
    /// They are of a later schema.
    Outdated(u32),
    /// Not entries.
    Malformed(String),
}

impl Received {
    /// All of it in one sentence.
    pub fn said(&self) -> String {
        match self {
            Self::Gap => "the entries do not continue the log".into(),
            Self::Diverged => "the state differs from the one that the entries were decided on".into(),
            Self::Outdated(_) => "the entries are of a later schema".into(),
            Self::Malformed(why) => why.clone(),
        }
    }
}

/// The pending commands that are now refused without a trace, and why.
pub type Refused<T> = Vec<(Pending<T>, Rejection)>;

/// Confirmed entries that are at hand, each with the head that it made.
pub type Recent = VecDeque<(Box<str>, Head)>;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Replica<T> {
    upstream: Upstream,
    confirmed: Session,
    /// The confirmed state with all pending commands on top; absent while there are none.
    tail: Option<Box<Session>>,
    /// The tail has to be decided anew before it is looked at.
    stale: bool,
    pending: VecDeque<Pending<T>>,
    /// How many of the pending, from the front, are in an append whose outcome is awaited.
    in_flight: usize,
    /// The newest confirmed entries, kept for a store that may go back.
    recent: Recent,
    recent_max: usize,
    /// What the store lost is on its way to it again, from this place in the log on.
    restoring: Option<Box<Head>>,
    /// The last command that was rejected before its entry came: its seq is used, and nothing here says so yet.
    rejected: Option<Box<CommandId>>,
}

impl<T> Replica<T> {
    /// A replica of a session at a head (at version 0: one that may be created).
    pub fn new(upstream: Upstream, confirmed: Session) -> Self {
        Self {
            upstream,
            confirmed,
            tail: None,
            stale: false,
            pending: VecDeque::new(),
            in_flight: 0,
            recent: Recent::new(),
            recent_max: 0,
            restoring: None,
            rejected: None,
        }
    }

    /// The same, keeping so many confirmed entries at hand, for a store that may go back.
    #[must_use]
    pub fn keeping(mut self, recent_max: usize) -> Self {
        self.recent_max = recent_max;
        self
    }

    /// What the upstream confirmed, and the newest entries of it that are at hand.
    pub fn into_history(self) -> (Session, Recent) {
        (self.confirmed, self.recent)
    }

    /// What the upstream confirmed.
    pub fn confirmed(&self) -> &Session {
        &self.confirmed
    }

    /// The commands that are not confirmed, in their order.
    pub fn pending(&self) -> &VecDeque<Pending<T>> {
        &self.pending
    }

    /// The newest pending command's note.
    pub fn last_note_mut(&mut self) -> Option<&mut T> {
        self.pending.back_mut().map(|pending| &mut pending.note)
    }

    /// The notes of all pending commands.
    pub fn notes_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pending.iter_mut().map(|pending| &mut pending.note)
    }

    /// Whether an append's outcome is awaited.
    pub fn is_in_flight(&self) -> bool {
        self.in_flight > 0 || self.restoring.is_some()
    }

    /// The confirmed state with the pending commands on top.
    pub fn view(&mut self) -> &Session {
        if self.stale {
            self.rebase();
        }
        self.tail.as_deref().unwrap_or(&self.confirmed)
    }

    /// The confirmed state, and the view on top of it.
    pub fn states(&mut self) -> (&Session, &Session) {
        self.view();
        (&self.confirmed, self.tail.as_deref().unwrap_or(&self.confirmed))
    }

    /// Decides a command on the view and makes it pending.
    ///
    /// # Errors
    /// A rejection that leaves no trace: nothing is pending and no seq is consumed.
    pub fn submit(&mut self, mut request: Request, base: u64, mut stamp: Stamp, note: T) -> Result<Submitted, Rejection> {
        if self.upstream == Upstream::Host && !self.view().exists() && !request.command.begins() {
            self.pending.push_back(Pending { request, base, stamp, entry: None, rejection: None, encoded: None, note });
            return Ok(Submitted::Pending(0, None));
        }
        stamp.now = stamp.now.max(self.view().now);
        if let Some(id) = request.id {
            // Towards a host the seqs of a client follow from those that are pending, also where the view has no room for one of them.
            let is_next = self.upstream == Upstream::Host && id.1 == self.next_seq(id.0);
            match self.view().clients.turn(id, base) {
                Turn::Next => {}
                Turn::Gap | Turn::Forgotten if is_next => {}
                Turn::Accepted => return Ok(Submitted::Duplicate(None)),
                Turn::Rejected(code) => return Ok(Submitted::Duplicate(Some(code))),
                Turn::Gap => return Err(Code::SeqGap.into()),
                Turn::Forgotten => return Err(Code::ClientForgotten.into()),
            }
        }
        if let Some(used) = request.once.map(|id| self.view().used(&id, stamp.now)).transpose()?.flatten() {
            if used.version > self.confirmed.head.version {
                return Err(running());
            }
            return Ok(Submitted::Recorded(used));
        }
        if let Some(entropy) = stamp.entropy.take() {
            request.command.name_all(|nth| entropy.mint(stamp.now, nth));
        }
        let mut pending = Pending { request, base, stamp, entry: None, rejection: None, encoded: None, note };
        self.decide_on_view(&mut pending)?;
        let version = pending.entry.as_ref().map_or(0, |entry| entry.version);
        let rejection = pending.rejection.clone();
        self.pending.push_back(pending);
        Ok(Submitted::Pending(version, rejection))
    }

    /// Decides one command and applies it to the tail. A rejection without a trace is an error.
    fn decide_on_view(&mut self, pending: &mut Pending<T>) -> Result<(), Rejection> {
        let upstream = self.upstream;
        let view = self.tail.as_deref().unwrap_or(&self.confirmed);
        let (outcome, events, rejection) = match decide(view, &pending.request.command, &pending.stamp) {
            Ok(events) => (Outcome::Accepted, events, None),
            // In a session that is somebody else's nobody leaves a trace, not even by trying to create it.
            Err(rejection) if !pending.request.has_id() || rejection.consumes_nothing() || !may_read(view, &pending.stamp.actor) => {
                // A client must not take the seq of what left no trace for used.
                let counts = upstream == Upstream::Store && pending.request.id.is_some() && !rejection.consumes_nothing();
                return Err(if counts { Code::Unauthorized.into() } else { rejection });
            }
            Err(rejection) => (Outcome::Rejected(rejection.code), Vec::new(), Some(rejection)),
        };
        // A browser's own rejection is final: it is told at once and never sent.
        if let (Upstream::Host, Some(rejection)) = (upstream, &rejection) {
            return Err(rejection.clone());
        }
        let version = view.head.version + 1;
        let digest = (upstream == Upstream::Store && version.is_multiple_of(DIGEST_EVERY)).then(|| view.digest());
        let Request { id: command, once, .. } = pending.request;
        let entry = Entry { schema: SCHEMA, version, command, once, stamp: pending.stamp.clone(), outcome, events, digest };
        let chain = if upstream == Upstream::Store {
            let text = entry.encode();
            let chain = entry.chain_after(view.head.chain, &text);
            pending.encoded = Some((text, Head { version, chain }));
            chain
        } else {
            view.head.chain
        };
        self.tail.get_or_insert_with(|| Box::new(self.confirmed.clone())).apply(&entry, chain);
        pending.entry = Some(entry);
        pending.rejection = rejection;
        Ok(())
    }

    /// Decides all pending commands anew on the confirmed state. One that is rejected now stays pending without effect: its upstream
    /// has the last word.
    fn rebase(&mut self) {
        self.stale = false;
        self.tail = None;
        for mut pending in core::mem::take(&mut self.pending) {
            pending.entry = None;
            pending.encoded = None;
            let view = self.tail.as_deref().unwrap_or(&self.confirmed);
            pending.stamp.now = pending.stamp.now.max(view.now);
            // A host has the last word on whose turn it is; a store has none, and its history may not be the one that was known.
            let refused = match self.upstream {
                Upstream::Store => refusal(view, &pending.request, pending.base, pending.stamp.now),
                Upstream::Host => None,
            };
            pending.rejection = refused.or_else(|| self.decide_on_view(&mut pending).err()).or(pending.rejection.take());
            self.pending.push_back(pending);
        }
    }
}

/// Entries from upstream.
impl<T> Replica<T> {
    /// Applies entries that continue the log at `from`. Those that are known already are passed over, if they are those that are known.
    ///
    /// # Errors
    /// Why they were not taken. Entries before the one at fault were, but none that settled something: where one did, what it settled
    /// is given, and the fault is found again in what comes next.
    pub fn handle_entries(&mut self, from: Head, entries: &[&str]) -> Result<Vec<Settled<T>>, Received> {
        let known = self.confirmed.head.version.checked_sub(from.version).ok_or(Received::Gap)? as usize;
        if entries.len() >= known && head_after(from, &entries[..known])? != self.confirmed.head {
            return Err(Received::Gap);
        }
        let mut settled = Vec::new();
        for text in entries.iter().skip(known) {
            match self.take_entry(text) {
                Ok(entry) => self.settle(&entry, &mut settled),
                Err(why) if settled.is_empty() => return Err(why),
                Err(_) => break,
            }
        }
        if self.pending.is_empty() {
            self.tail = None;
            self.stale = false;
        }
        Ok(settled)
    }

    /// Applies the entry that follows what is confirmed.
    fn take_entry(&mut self, text: &str) -> Result<Entry, Received> {
        let entry = decoded(text)?;
        if entry.version != self.confirmed.head.version + 1 {
            return Err(Received::Gap);
        }
        if entry.digest.is_some_and(|digest| digest != self.confirmed.digest()) {
            return Err(Received::Diverged);
        }
        let chain = entry.chain_after(self.confirmed.head.chain, text);
        self.confirmed.apply(&entry, chain);
        self.remember(text, self.confirmed.head);
        Ok(entry)
    }

    /// Settles the pending command that a confirmed entry decided. Where it is the first and was foreseen, the tail stays.
    fn settle(&mut self, entry: &Entry, settled: &mut Vec<Settled<T>>) {
        self.rejected = self.rejected.take().filter(|id| entry.command != Some(**id));
        let is_its = |request: &Request| {
            (entry.command.is_some() && request.id == entry.command) || (entry.once.is_some() && request.once == entry.once)
        };
        let at = self.pending.iter().position(|pending| is_its(&pending.request));
        let Some(pending) = at.and_then(|at| self.pending.remove(at)) else {
            self.stale |= !self.pending.is_empty();
            return;
        };
        // By their texts: what tells sixty types apart otherwise is as much code as the rules of most of them.
        let is_same = |ours: &Entry| ours.outcome == entry.outcome && ours.events.to_json() == entry.events.to_json();
        let foreseen = at == Some(0) && pending.entry.as_ref().is_some_and(is_same);
        if foreseen && !self.stale {
            self.share_messages(entry);
        }
        self.stale |= !foreseen;
        let (version, rejected, message) = (entry.version, entry.outcome.rejected(), entry.message());
        settled.push(Settled { id: entry.command, version, rejected, message, note: pending.note });
    }

    /// The tail takes the confirmed form of what an entry changed, unless a pending command changes it as well.
    fn share_messages(&mut self, entry: &Entry) {
        let Some(tail) = &mut self.tail else { return };
        for id in entry.events.iter().filter_map(Event::message) {
            let mut later = self.pending.iter().filter_map(|pending| pending.entry.as_ref()).flat_map(|entry| &entry.events);
            if !later.any(|event| event.message() == Some(id)) {
                tail.messages.adopt(id, &self.confirmed.messages);
            }
        }
    }

    /// Takes the upstream's state in the place of the confirmed one; pending commands that it decided already are settled.
    pub fn reset(&mut self, confirmed: Session) -> Vec<Settled<T>> {
        self.confirmed = confirmed;
        self.rejected = None;
        self.stale = true;
        let version = self.confirmed.head.version;
        let mut settled = Vec::new();
        for pending in core::mem::take(&mut self.pending) {
            let turn = pending.request.id.map(|id| self.confirmed.clients.turn(id, pending.base));
            let used = pending.request.once.and_then(|id| self.confirmed.used(&id, pending.stamp.now).ok().flatten());
            let (version, rejected, message) = match (turn, used) {
                (Some(Turn::Accepted), _) => (version, None, None),
                (Some(Turn::Rejected(code)), _) => (version, Some(code), None),
                (_, Some(used)) => (used.version, used.rejected, used.message),
                _ => {
                    self.pending.push_back(pending);
                    continue;
                }
            };
            settled.push(Settled { id: pending.request.id, version, rejected, message, note: pending.note });
        }
        settled
    }
}

/// The head that entries make. Only the first one of a log says where its chain begins.
fn head_after(from: Head, entries: &[&str]) -> Result<Head, Received> {
    entries.iter().try_fold(from, |head, text| match head.version {
        0 => Ok(Head { version: 1, chain: decoded(text)?.chain_after(head.chain, text) }),
        _ => Ok(head.extend(text.as_bytes())),
    })
}

fn decoded(text: &str) -> Result<Entry, Received> {
    Entry::decode(text).map_err(|error| match error {
        EntryError::Outdated(schema) => Received::Outdated(schema),
        EntryError::Malformed(why) => Received::Malformed(why),
    })
}

/// Why a command may not be decided on a state, whatever it is.
fn refusal(view: &Session, request: &Request, base: u64, now: u64) -> Option<Rejection> {
    match request.id.map(|id| view.clients.turn(id, base)) {
        Some(Turn::Gap) => return Some(Code::SeqGap.into()),
        Some(Turn::Forgotten) => return Some(Code::ClientForgotten.into()),
        _ => {}
    }
    match view.used(request.once.as_ref()?, now) {
        Ok(None) => None,
        Ok(Some(_)) => Some(running()),
        Err(rejection) => Some(rejection),
    }
}

fn running() -> Rejection {
    Rejection::new(Code::Conflict, "a request with this idempotency key is still running")
}

#[cfg(test)]
mod tests;

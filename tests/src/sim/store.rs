//! The store of a simulation: the memory store's logic behind a door that is late, cannot tell, refuses, and a journal that may lose its
//! tail. Time is virtual, and what happens follows from the seed.

mod door;
mod journal;
mod weather;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use colloq_store::{Append, AppendError, Key, MemoryStore, Store};
use futures_util::FutureExt;
use parking_lot::Mutex;

use super::ground::Ground;
use super::random::Random;
use super::tally::Count;
pub(crate) use door::Door;
use journal::{Deed, Journal};
pub(crate) use weather::Weather;

/// What the store lost at one time of one session.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    /// Where in the history it stands.
    pub(crate) at: u64,
    pub(crate) key: Key,
    pub(crate) after: u64,
    pub(crate) entries: Vec<String>,
    /// Of each entry, the hosts that had confirmed it and have had it at hand since.
    pub(crate) holders: Vec<BTreeSet<u64>>,
}

/// See the module's documentation.
pub(crate) struct SimStore {
    pub(crate) ground: Arc<Ground>,
    state: Mutex<State>,
    /// How many answers are still to come.
    owed: AtomicUsize,
}

struct State {
    memory: Arc<MemoryStore>,
    journal: Journal,
    random: Random,
    weather: Weather,
    /// What each host has confirmed of each session, and still has at hand.
    known: BTreeMap<(u64, Key), BTreeSet<[u8; 32]>>,
    /// How often each host forgot all that it had at hand.
    blanks: BTreeMap<u64, u64>,
    /// How often each had done so when it sent an append first that it does not know the outcome of, by the append's last chain.
    begun: BTreeMap<(u64, [u8; 32]), u64>,
    losses: Vec<Loss>,
    /// Chains of entries that are lost now.
    lost: BTreeSet<[u8; 32]>,
    /// The last chains of appends of which a host was told that nobody knows.
    in_doubt: BTreeSet<[u8; 32]>,
}

impl SimStore {
    pub(crate) fn new(ground: Arc<Ground>, seed: u64, weather: Weather) -> Arc<Self> {
        let state = State {
            memory: Arc::new(MemoryStore::new()),
            journal: Journal::default(),
            random: Random::new(seed, "store"),
            weather,
            known: BTreeMap::new(),
            blanks: BTreeMap::new(),
            begun: BTreeMap::new(),
            losses: Vec::new(),
            lost: BTreeSet::new(),
            in_doubt: BTreeSet::new(),
        };
        Arc::new(Self { ground, state: Mutex::new(state), owed: AtomicUsize::new(0) })
    }

    /// Nothing goes wrong from here on.
    pub(crate) fn calm(&self) {
        self.state.lock().weather = Weather::calm();
    }

    /// Whether it owes nobody an answer.
    pub(crate) fn is_idle(&self) -> bool {
        self.owed.load(Ordering::Relaxed) == 0
    }

    /// How much it did so far.
    pub(crate) fn deeds(&self) -> usize {
        self.state.lock().journal.len()
    }

    /// What the store lost.
    pub(crate) fn losses(&self) -> Vec<Loss> {
        self.state.lock().losses.clone()
    }

    /// The whole log of each session that ever was, and whether it was erased.
    pub(crate) fn logs(&self) -> Vec<(Key, Vec<String>, bool)> {
        self.state.lock().journal.logs()
    }

    /// Whether an entry of a session bears the mark of something.
    pub(crate) fn has_mark(&self, session: &uuid::Uuid, op: u64) -> bool {
        let mark = super::steps::mark(op);
        self.state.lock().journal.has(session.as_bytes(), mark.as_bytes())
    }

    /// A host is gone, or its module is: it has nothing at hand any more.
    pub(crate) fn forget_host(&self, who: u64) {
        let mut state = self.state.lock();
        *state.blanks.entry(who).or_default() += 1;
        state.known.retain(|(host, _), _| *host != who);
        for holders in state.losses.iter_mut().flat_map(|loss| &mut loss.holders) {
            holders.remove(&who);
        }
    }

    /// A host let a session go.
    fn forget_session(state: &mut State, who: u64, key: &Key) {
        state.known.remove(&(who, key.clone()));
        for loss in state.losses.iter_mut().filter(|loss| loss.key == *key) {
            for holders in &mut loss.holders {
                holders.remove(&who);
            }
        }
    }

    /// Carries out an append now.
    fn append_now(&self, append: &Append) -> Result<(), AppendError> {
        let mut state = self.state.lock();
        let result = state.memory.append(append.clone()).now_or_never().expect("memory answers at once");
        let key = short_key(&append.key);
        let last = append.head().chain;
        let is_there = |loaded: &colloq_store::Loaded| loaded.records.iter().any(|record| record.head.chain == last);
        match &result {
            Ok(()) if state.in_doubt.remove(&last) => self.ground.count(Count::DoneAgain),
            Err(AppendError::Conflict(loaded)) if is_there(loaded) && state.in_doubt.remove(&last) => self.ground.count(Count::FoundDone),
            _ => {}
        }
        match &result {
            Ok(()) => {
                let again = append.records.iter().filter(|record| state.lost.remove(&record.head.chain)).count();
                (0..again.min(1)).for_each(|_| self.ground.count(Count::Restored));
                let head = append.records.last().map(|record| record.head);
                self.ground.note(format_args!("store: {key} {:?} -> {head:?}", append.expected));
                state.journal.push(Deed::Append(append.clone()));
            }
            Err(AppendError::Conflict(loaded)) => {
                self.ground.count(Count::StoreConflict);
                self.ground.note(format_args!("store: {key} conflict at {:?}, it is {:?}", append.expected, loaded.head()));
            }
            Err(error) => self.ground.note(format_args!("store: {key} {error}")),
        }
        result
    }

    /// A host sends an append, perhaps not for the first time.
    fn begin(&self, who: u64, append: &Append) {
        let state = &mut *self.state.lock();
        let blanks = state.blanks.get(&who).copied().unwrap_or(0);
        state.begun.entry((who, append.head().chain)).or_insert(blanks);
    }

    /// A host was told what became of an append. What a module had sent that trapped since, its successor does not have at hand.
    fn told(&self, who: u64, append: &Append, result: &Result<(), AppendError>) {
        let mut state = self.state.lock();
        let id = (who, append.head().chain);
        let blanks = state.blanks.get(&who).copied().unwrap_or(0);
        let is_at_hand = state.begun.get(&id).is_none_or(|begun| *begun == blanks);
        if !matches!(result, Err(AppendError::Unknown(_) | AppendError::Store(_))) {
            state.begun.remove(&id);
        }
        match result {
            Ok(()) if !is_at_hand => {}
            Ok(()) => {
                let known = state.known.entry((who, append.key.clone())).or_default();
                known.extend(append.records.iter().map(|record| record.head.chain));
            }
            Err(AppendError::Unknown(_)) => {
                state.in_doubt.insert(append.head().chain);
            }
            Err(AppendError::Store(_) | AppendError::Erased) => Self::forget_session(&mut state, who, &append.key),
            Err(_) => {}
        }
    }

    /// The store loses the newest of what it did. Gives the sessions concerned.
    pub(crate) fn go_back(&self, deeds: usize) -> usize {
        let mut state = self.state.lock();
        let (lost, erased) = state.journal.lose(deeds);
        state.memory = Arc::new(state.journal.rebuild());
        let at = self.ground.now();
        let mut concerned: Vec<Loss> = Vec::new();
        for append in &lost {
            let position = concerned.iter().position(|loss| loss.key == append.key).unwrap_or_else(|| {
                let (key, after) = (append.key.clone(), append.expected.version);
                concerned.push(Loss { at, key, after, entries: Vec::new(), holders: Vec::new() });
                concerned.len() - 1
            });
            for record in &append.records {
                state.lost.insert(record.head.chain);
                let holders = state.known.iter().filter(|((_, key), chains)| *key == append.key && chains.contains(&record.head.chain));
                let holders = holders.map(|((who, _), _)| *who).collect();
                concerned[position].entries.push(String::from_utf8_lossy(&record.bytes).into_owned());
                concerned[position].holders.push(holders);
            }
        }
        for key in erased.into_iter().filter(|key| concerned.iter().all(|loss| loss.key != *key)).collect::<BTreeSet<_>>() {
            concerned.push(Loss { at, key, after: 0, entries: Vec::new(), holders: Vec::new() });
        }
        self.ground.count(Count::StoreWentBack);
        for loss in &concerned {
            self.ground.note(format_args!("store: {} goes back to {}, {} entries", short_key(&loss.key), loss.after, loss.entries.len()));
        }
        let count = concerned.len();
        state.losses.extend(concerned);
        count
    }
}

/// A session's name in a trace.
pub(crate) fn short_key(key: &Key) -> String {
    let [.., a, b, c, d] = key.session;
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

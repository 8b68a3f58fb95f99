//! A shard: one module instance behind a lock, called on the thread that serves the request, and what it has in flight.
//!
//! The host holds every append's bytes and every reply that waits for it outside the instance. So when an instance traps, nothing
//! that was acknowledged and nothing that is on its way to the store is lost with it: a fresh one loads sessions as they are asked for.

mod audience;
mod conflict;
mod elsewhere;
mod erase;
mod missed;
mod observe;
mod presence;
mod rest;
mod stats;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use colloq_abi::{Open, ReplyKind, Request};
use colloq_store::{Append, AppendError, Key, Loaded, Store};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::answer::Answer;
use super::effects::{Effects, News, OwnedAppend, OwnedReply, OwnedStats};
use super::health::Health;
use super::hub::{Cut, Link};
use super::losses::Losses;
use super::outside::{Instance, Outside, Program};
use super::watch::Watches;
use audience::{Follower, Told};
pub(super) use conflict::with_older;
use conflict::{conflicted, drop_code, load};
pub(super) use missed::Looked;
use presence::PresenceNews;

use crate::gauges::Gauges;

/// What a shard is opened with, and opened anew after a trap.
pub(super) struct Settings {
    pub(super) seed: u64,
    pub(super) recent_max: u32,
    pub(super) sessions_max: u32,
    pub(super) memory_bytes_max: u64,
    pub(super) limits: Bytes,
}

impl Settings {
    pub(super) fn open(&self) -> Open<'_> {
        Open {
            seed: self.seed,
            sessions_max: self.sessions_max,
            memory_bytes_max: self.memory_bytes_max,
            limits: &self.limits,
            recent_max: self.recent_max,
        }
    }
}

/// What the shards of an engine have in common.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) module: Arc<dyn Program>,
    pub(super) store: Arc<dyn Store>,
    pub(super) losses: Arc<Losses>,
    pub(super) watches: Arc<Watches>,
    pub(super) outside: Arc<dyn Outside>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) health: Arc<Health>,
}

/// How a request fared at first.
pub(super) enum Outcome {
    /// It is answered.
    Answer(Answer),
    /// Load the session, then ask again. Where its head was told: the head behind which to load it, encoded.
    Load(Bytes),
    /// Ask again once this comes (or is dropped).
    Again(oneshot::Receiver<()>),
    /// The answer comes with an append.
    Wait(oneshot::Receiver<Option<Answer>>),
    /// The request broke the instance; a fresh one is up.
    Trapped,
    /// The module takes the session's history for damaged.
    Damaged,
    /// What was counted.
    Stats(OwnedStats),
    /// Nothing is to be waited for.
    Done,
}

/// The fewest links that are looked through for closed ones.
const SWEEP_FIRST: usize = 64;

/// See the module's documentation.
pub(super) struct Shard {
    inner: Mutex<Inner>,
    module: Arc<dyn Program>,
    store: Arc<dyn Store>,
    losses: Arc<Losses>,
    watches: Arc<Watches>,
    outside: Arc<dyn Outside>,
    gauges: Arc<Gauges>,
    health: Arc<Health>,
    settings: Settings,
    /// When to tick at the latest, milliseconds since 1970.
    wake_at: AtomicU64,
    pub(super) traps: AtomicU64,
    /// How many times a fresh instance came into the place of one that had become too large.
    pub(super) renewals: AtomicU64,
}

struct Inner {
    instance: Box<dyn Instance>,
    in_flight: HashMap<Key, InFlight>,
    /// Requests whose answers come with an append. `None`: ask again.
    waiting: HashMap<u64, oneshot::Sender<Option<Answer>>>,
    links: HashMap<Key, Vec<Follower>>,
    /// What those links were told last.
    told: HashMap<Key, Told>,
    /// The links that have commands on the way, by their number.
    submitting: HashMap<u64, Link>,
    /// At how many of them those that are closed are looked for again.
    sweep_at: usize,
    /// Sessions whose retention is over and that the store is being asked to erase.
    erasing: HashSet<Key>,
    /// Sessions that left the instance and that the store was not told of yet.
    rested: Vec<Key>,
    presence: PresenceNews,
    /// Hears what other hosts do in the sessions that links follow.
    store: Arc<dyn Store>,
}

/// An append on its way to the store.
struct InFlight {
    replies: Vec<OwnedReply>,
    news: News,
    again: Vec<oneshot::Sender<()>>,
    begun: Instant,
    /// The instance that decided it is gone, and the fresh one knows nothing of it.
    is_orphan: bool,
}

impl Shard {
    pub(super) fn new(shared: Shared, settings: Settings, instance: Box<dyn Instance>) -> Arc<Self> {
        let inner = Inner {
            instance,
            in_flight: HashMap::new(),
            waiting: HashMap::new(),
            links: HashMap::new(),
            told: HashMap::new(),
            submitting: HashMap::new(),
            sweep_at: SWEEP_FIRST,
            erasing: HashSet::new(),
            rested: Vec::new(),
            presence: PresenceNews::default(),
            store: Arc::clone(&shared.store),
        };
        let (inner, wake_at, [traps, renewals]) = (Mutex::new(inner), AtomicU64::new(u64::MAX), [0, 0].map(AtomicU64::new));
        let Shared { module, store, losses, watches, outside, gauges, health } = shared;
        Arc::new(Self { inner, module, store, losses, watches, outside, gauges, health, settings, wake_at, traps, renewals })
    }

    /// When to tick at the latest.
    pub(super) fn wake_at(&self) -> u64 {
        self.wake_at.load(Ordering::Relaxed)
    }

    /// Carries out a request and all that follows from it without waiting. `ticket` is whose answer is returned.
    pub(super) fn request(self: &Arc<Self>, request: &Request<'_>, key: &Key, ticket: u64) -> Outcome {
        let request = encode(request);
        let mut inner = self.inner.lock();
        self.request_locked(&mut inner, request, key, ticket)
    }

    /// Takes an encoded request: what can be done before the lock is taken is.
    fn request_locked(self: &Arc<Self>, inner: &mut Inner, request: Vec<u8>, key: &Key, ticket: u64) -> Outcome {
        let mut outcome = match self.run(inner, request, ticket) {
            Some(outcome) => outcome,
            None if is_link(ticket) || ticket == 0 => Outcome::Done,
            None => {
                let (sender, receiver) = oneshot::channel();
                inner.waiting.insert(ticket, sender);
                Outcome::Wait(receiver)
            }
        };
        if let Outcome::Again(_) = outcome {
            outcome = Outcome::Again(wait_for(inner, key));
        }
        outcome
    }

    /// Sends a request to the instance, and what follows from its answer, until nothing is left that is ready.
    fn run(self: &Arc<Self>, inner: &mut Inner, request: Vec<u8>, ticket: u64) -> Option<Outcome> {
        let mut requests = VecDeque::from([request]);
        let mut outcome = None;
        while let Some(request) = requests.pop_front() {
            let effects = match inner.instance.call(&request).map(Effects::read) {
                Ok(Some(effects)) => effects,
                Ok(None) => return Some(self.rebuild_after(inner, "it answered what is no answer", outcome)),
                Err(trap) => return Some(self.rebuild_after(inner, &trap.to_string(), outcome)),
            };
            self.wake_at.store(effects.wake_at.unwrap_or(u64::MAX), Ordering::Relaxed);
            if let Some(why) = effects.damaged {
                tracing::error!(why, "a session's history is damaged");
                outcome = Some(Outcome::Damaged);
            }
            for reply in effects.replies {
                let own = reply.ticket == ticket && !is_link(ticket);
                match reply.kind {
                    ReplyKind::Load if reply.ticket == ticket => outcome = Some(Outcome::Load(reply.body)),
                    ReplyKind::Again if reply.ticket == ticket => outcome = Some(Outcome::Again(oneshot::channel().1)),
                    ReplyKind::Answer if own => outcome = Some(Outcome::Answer(answer(reply))),
                    _ => inner.deliver(reply),
                }
            }
            for (key, snapshot) in effects.snapshots {
                spawn(self.store.put_snapshot(&key, snapshot));
            }
            for (key, touch) in effects.touches {
                self.store.touch(&key, touch);
            }
            if let Some(stats) = effects.stats {
                outcome = Some(Outcome::Stats(stats));
            }
            for (key, records) in effects.losses {
                // Whoever was told of them has a history that is no longer the store's.
                inner.restart_links(&key);
                self.gauges.note_losses(records.len());
                self.losses.keep(key, records, self.outside.now_ms());
            }
            self.gauges.note_hibernations(effects.rests.len());
            inner.rested.extend(effects.rests);
            self.erase_later(inner, effects.erasures);
            for append in effects.appends {
                if let Some((request, own)) = self.begin_append(inner, append, ticket) {
                    requests.push_back(request);
                    outcome = own.map(|reply| Outcome::Answer(answer(reply))).or(outcome);
                }
            }
        }
        outcome
    }

    /// Hands an append to the store. Where that answers at once, gives the request that tells the module, and the ticket's own reply.
    fn begin_append(self: &Arc<Self>, inner: &mut Inner, append: OwnedAppend, ticket: u64) -> Option<(Vec<u8>, Option<OwnedReply>)> {
        let OwnedAppend { append, replies, news } = append;
        let key = append.key.clone();
        inner.in_flight.insert(key, InFlight { replies, news, again: Vec::new(), begun: Instant::now(), is_orphan: false });
        let mut future = self.store.append(append.clone());
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) if !matches!(result, Err(AppendError::Unknown(_))) => {
                Some(self.finish_append(inner, &append, (result, false), ticket))
            }
            Poll::Ready(result) => {
                self.carry_on(append, Box::pin(std::future::ready(result)));
                None
            }
            Poll::Pending => {
                self.carry_on(append, future);
                None
            }
        }
    }

    /// Waits for an append on a task of its own, so that no caller who goes away takes it along.
    fn carry_on(self: &Arc<Self>, append: Append, first: colloq_store::Pending<Result<(), AppendError>>) {
        let shard: Weak<Self> = Arc::downgrade(self);
        let store = Arc::clone(&self.store);
        tokio::spawn(async move {
            #[cfg(feature = "planted")]
            if let Some(shard) = shard.upgrade() {
                shard.inner.lock().tell_early(&append);
            }
            let result = super::unknown::settle(&*store, &append, first, || {
                if let Some(shard) = shard.upgrade() {
                    shard.inner.lock().answer_unknown(&append.key);
                }
            });
            let result = match result.await {
                (Err(AppendError::Conflict(loaded)), in_doubt) => {
                    let older = with_older(&*store, &append.key, append.expected, (*loaded).clone()).await;
                    (Err(AppendError::Conflict(older.map_or(loaded, Box::new))), in_doubt)
                }
                settled => settled,
            };
            let Some(shard) = shard.upgrade() else { return };
            let mut inner = shard.inner.lock();
            let (request, _) = shard.finish_append(&mut inner, &append, result, 0);
            shard.run(&mut inner, request, 0);
        });
    }

    /// The store answered: what waits for the append may leave, and the module is told.
    fn finish_append(
        &self,
        inner: &mut Inner,
        append: &Append,
        (result, in_doubt): (Result<(), AppendError>, bool),
        ticket: u64,
    ) -> (Vec<u8>, Option<OwnedReply>) {
        let key = &append.key;
        let (app, id) = (&*key.app, key.session);
        let Some(in_flight) = inner.in_flight.remove(key) else {
            return (encode(&Request::Dropped { app, session: id, code: "internal" }), None);
        };
        let mut own = None;
        let says_head = !matches!(result, Err(AppendError::Store(_)));
        self.observe(append, &result, &in_flight);
        let request = match result {
            Ok(()) => {
                own = inner.tell_appended(append, in_flight.replies, &in_flight.news, ticket);
                self.watches.handle_append(append, &in_flight.news);
                encode(&Request::Appended { app, session: id })
            }
            Err(AppendError::Conflict(_)) if in_flight.is_orphan => {
                // It did not happen, and nobody is left to decide it anew but those who asked; or they are the ones who have to look.
                inner.answer_waiting(&in_flight.replies, in_doubt.then_some("outcomeUnknown"));
                encode(&Request::Dropped { app, session: id, code: "internal" })
            }
            Err(AppendError::Conflict(loaded)) => {
                inner.tell_missed(key, append.expected, &loaded, &in_flight.replies);
                conflicted(key, append.expected, &loaded, in_doubt)
            }
            Err(error) => {
                let created = append.expected.version == 0;
                let code = drop_code(&error, created);
                tracing::warn!(%error, code, "an append failed");
                if matches!(error, AppendError::Erased) && !created {
                    inner.tell_erased(key);
                }
                // After a trap the module knows of none of them, so the host answers.
                inner.answer_waiting(&in_flight.replies, Some(code));
                encode(&Request::Dropped { app, session: id, code })
            }
        };
        // A store that refused it did not say where it stands.
        for waiting in in_flight.again.into_iter().filter(|_| says_head) {
            let _ = waiting.send(());
        }
        (request, own)
    }

    /// Opens a fresh instance after a trap; gives the answer that was there before it, which is durable and must not be asked for again.
    fn rebuild_after(self: &Arc<Self>, inner: &mut Inner, why: &str, outcome: Option<Outcome>) -> Outcome {
        let trapped = self.rebuild(inner, why);
        outcome.filter(|outcome| matches!(outcome, Outcome::Answer(_))).unwrap_or(trapped)
    }

    /// Opens a fresh instance after a trap. What waits for an append in flight goes on waiting; everything else asks again, and links
    /// come back by themselves with what they have not seen acknowledged.
    fn rebuild(self: &Arc<Self>, inner: &mut Inner, why: &str) -> Outcome {
        self.traps.fetch_add(1, Ordering::Relaxed);
        self.gauges.note_rebuild();
        tracing::error!(why, "the module trapped; its shard is rebuilt");
        match self.module.instantiate(&self.settings.open()) {
            Ok((instance, _)) => inner.instance = instance,
            Err(error) => tracing::error!(%error, "a fresh instance could not be opened"),
        }
        inner.in_flight.values_mut().for_each(|in_flight| in_flight.is_orphan = true);
        let held: HashSet<u64> = inner.in_flight.values().flat_map(|in_flight| &in_flight.replies).map(|reply| reply.ticket).collect();
        // The tables have no order of their own: whoever asked first is told first.
        let mut lost: Vec<u64> = inner.waiting.keys().filter(|ticket| !held.contains(ticket)).copied().collect();
        lost.sort_unstable();
        for ticket in lost {
            if let Some(waiting) = inner.waiting.remove(&ticket) {
                let _ = waiting.send(None);
            }
        }
        inner.presence = PresenceNews::default();
        inner.told.clear();
        let followed: Vec<Key> = inner.links.keys().cloned().collect();
        let followers: Vec<Link> = followed.iter().flat_map(|key| inner.forget_followers(key)).map(|follower| follower.link).collect();
        let mut links: Vec<Link> = inner.submitting.drain().map(|(_, link)| link).chain(followers).collect();
        links.sort_unstable_by_key(|link| link.id);
        for link in links {
            link.cut(Cut::Restart);
        }
        Outcome::Trapped
    }

    /// Gives the module what the store knows of a session. While an append of it is in flight, that comes first. Links that follow it and
    /// were told of another head come back: from here on the module has that of the store, and no look would tell the difference.
    pub(super) fn load(self: &Arc<Self>, key: &Key, loaded: &Loaded) -> Outcome {
        let mut inner = self.inner.lock();
        if inner.in_flight.contains_key(key) {
            return Outcome::Again(wait_for(&mut inner, key));
        }
        inner.restart_unless_told(key, loaded.head());
        let entries = loaded.records.iter().map(|record| record.bytes.as_ref()).collect();
        let request = Request::Load(load(key, loaded, entries));
        self.request_locked(&mut inner, encode(&request), key, 0)
    }

    /// Whether an append of a session is in flight, and when it is settled: an error is for one that says nothing of the store's head.
    pub(super) fn settled(&self, key: &Key) -> Option<oneshot::Receiver<()>> {
        let mut inner = self.inner.lock();
        inner.in_flight.contains_key(key).then(|| wait_for(&mut inner, key))
    }

    /// Whether anything is on its way to the store.
    pub(super) fn is_idle(&self) -> bool {
        self.inner.lock().in_flight.is_empty()
    }
}

fn answer(reply: OwnedReply) -> Answer {
    Answer { status: reply.status, version: reply.version, body: reply.body, code: None }
}

/// Links have odd numbers, requests even tickets.
fn is_link(ticket: u64) -> bool {
    ticket % 2 == 1
}

fn wait_for(inner: &mut Inner, key: &Key) -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    if let Some(in_flight) = inner.in_flight.get_mut(key) {
        in_flight.again.push(sender);
    }
    receiver
}

fn encode(request: &Request<'_>) -> Vec<u8> {
    colloq_abi::encode(request)
}

fn spawn(future: colloq_store::Pending<Result<(), colloq_store::StoreError>>) {
    tokio::spawn(async move {
        if let Err(error) = future.await {
            tracing::warn!(%error, "a snapshot could not be kept");
        }
    });
}

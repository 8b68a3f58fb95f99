//! Whom a shard tells: those who wait for an answer, the links that submitted, and the links that follow a session.
//!
//! Nobody is told here of what is not in the store yet; whoever calls has seen to that.

use std::sync::Arc;

use colloq_abi::{ReplyKind, Request};
use colloq_store::{Append, Head, Key, Loaded, Topic};

use super::conflict::continues;
use super::{Inner, Outcome, SWEEP_FIRST, Shard, answer, encode, is_link};
use crate::engine::answer::Answer;
use crate::engine::effects::{News, OwnedReply, entries_frame, snapshot_frame};
use crate::engine::hub::{Cut, Frame, Link};

/// The most bytes of frames that wait for a link to catch up.
const HELD_BYTES_MAX: usize = 4 << 20;

/// A link that follows a session.
pub(super) struct Follower {
    pub(super) link: Link,
    /// The user whom it follows for; nobody's are agents' and operators'.
    user: Option<Arc<str>>,
    /// What happens while the link catches up from the log, to come after it.
    held: Option<Held>,
    /// Somebody said that they are there by this link.
    pub(super) is_present: bool,
}

/// What the links that follow a session were told last: a version, and its chain where that is known here.
#[derive(Clone, Copy)]
pub(super) struct Told {
    version: u64,
    chain: Option<[u8; 32]>,
}

impl Told {
    /// Whether it is a head of the store.
    pub(super) fn is(self, head: Head) -> bool {
        self.version == head.version && self.chain.is_none_or(|chain| chain == head.chain)
    }
}

/// Frames that wait until a link caught up.
#[derive(Default)]
struct Held {
    frames: Vec<Frame>,
    bytes: usize,
}

impl Follower {
    fn send(&mut self, frame: &Frame) {
        let Some(held) = &mut self.held else { return self.link.send(frame.clone()) };
        held.bytes += frame.bytes.len();
        if held.bytes > HELD_BYTES_MAX || self.link.is_closed() {
            self.link.cut(Cut::Slow);
            held.frames.clear();
        } else {
            held.frames.push(frame.clone());
        }
    }
}

impl Inner {
    /// Keeps a link for what comes of its commands. The closed ones leave each time their number has doubled.
    pub(super) fn remember(&mut self, link: &Link) {
        self.submitting.insert(link.id, link.clone());
        if self.submitting.len() >= self.sweep_at {
            self.submitting.retain(|_, link| !link.is_closed());
            self.sweep_at = self.submitting.len() * 2 + SWEEP_FIRST;
        }
    }

    /// Hands a reply to whom it is for; somebody who went away misses it.
    pub(super) fn deliver(&mut self, reply: OwnedReply) {
        if is_link(reply.ticket) {
            if let (Some(link), false) = (self.submitting.get(&reply.ticket), reply.body.is_empty()) {
                link.send(Frame::new(reply.body));
            }
            return;
        }
        if let Some(waiting) = self.waiting.remove(&reply.ticket) {
            let again = matches!(reply.kind, ReplyKind::Again | ReplyKind::Load);
            let _ = waiting.send((!again).then(|| answer(reply)));
        }
    }

    /// An append is in the store: whoever follows the session is told of it, and whoever waits for it answered. Gives the ticket's own
    /// reply.
    pub(super) fn tell_appended(&mut self, append: &Append, replies: Vec<OwnedReply>, news: &News, ticket: u64) -> Option<OwnedReply> {
        let key = &append.key;
        let session = uuid::Uuid::from_bytes(key.session);
        self.cut_strangers(key, &append.meta.user);
        self.tell_head(key, append.head());
        if self.has_audience(key, &replies) {
            self.broadcast(key, &entries_frame(session, append.expected, &append.records), &replies);
        }
        if let Some(reason) = &news.ended {
            self.broadcast(key, &ended(key, reason), &[]);
        }
        let mut own = None;
        for reply in replies {
            if reply.ticket == ticket && !is_link(ticket) {
                own = Some(reply);
            } else {
                self.deliver(reply);
            }
        }
        // Whoever signed in or out changed what its tokens are worth: its links come back, and are looked at anew.
        if news.signed {
            self.restart_links(key);
        }
        own
    }

    /// Whether anybody follows a session or submitted to it by a link: without, no frame is made.
    pub(super) fn has_audience(&self, key: &Key, replies: &[OwnedReply]) -> bool {
        self.links.contains_key(key) || replies.iter().any(|reply| is_link(reply.ticket))
    }

    /// Sends a frame to all that follow a session, and to the links that submitted.
    pub(super) fn broadcast(&mut self, key: &Key, frame: &Frame, replies: &[OwnedReply]) {
        let followers = self.links.get_mut(key).map_or(&mut [][..], Vec::as_mut_slice);
        for follower in &mut *followers {
            follower.send(frame);
        }
        let mut told: Vec<u64> = followers.iter().map(|follower| follower.link.id).collect();
        for ticket in replies.iter().map(|reply| reply.ticket).filter(|ticket| is_link(*ticket)) {
            if let (Some(link), false) = (self.submitting.get(&ticket), told.contains(&ticket)) {
                link.send(frame.clone());
                told.push(ticket);
            }
        }
    }

    /// What another host appended reaches this host's links as well. Where the history is another, they come back for a snapshot.
    pub(super) fn tell_missed(&mut self, key: &Key, expected: Head, loaded: &Loaded, replies: &[OwnedReply]) {
        if expected.version > 0 && (!continues(expected, loaded) || may_have_signed(loaded)) {
            return self.restart_links(key);
        }
        let session = uuid::Uuid::from_bytes(key.session);
        let from = loaded.snapshot.as_ref().map_or(expected, |snapshot| snapshot.head);
        self.tell_head(key, loaded.head());
        self.broadcast(key, &entries_frame(session, from, &loaded.records), replies);
    }

    /// Whoever follows a session is told of everything up to a head.
    pub(super) fn tell_head(&mut self, key: &Key, head: Head) {
        if let Some(told) = self.told.get_mut(key) {
            *told = Told { version: head.version, chain: Some(head.chain) };
        }
    }

    fn follow(&mut self, key: &Key, follower: Follower) {
        if !self.links.contains_key(key) {
            self.store.follow(&Topic::Session(key.clone()));
            if self.store.is_shared() {
                self.presence.elsewhere.begin(key);
            }
        }
        let followers = self.links.entry(key.clone()).or_default();
        // Whoever was there by a link that is gone is still to be told of as gone.
        followers.retain(|other| other.is_present || !other.link.is_closed());
        // A link that subscribes anew is there as before.
        let known = followers.iter_mut().find(|other| other.link.id == follower.link.id);
        match known {
            Some(known) => *known = Follower { is_present: known.is_present, ..follower },
            None => followers.push(follower),
        }
    }

    /// A session that changed its user is not its former user's to follow: their links are cut before they hear of it.
    fn cut_strangers(&mut self, key: &Key, owner: &str) {
        let Some(followers) = self.links.get_mut(key) else { return };
        followers.retain(|follower| {
            let may_stay = follower.user.as_deref().is_none_or(|user| user == owner);
            if !may_stay {
                follower.link.cut(Cut::Restart);
            }
            may_stay
        });
        if followers.is_empty() {
            self.forget_followers(key);
        }
    }

    /// Nobody follows a session any more; gives those who did.
    pub(super) fn forget_followers(&mut self, key: &Key) -> Vec<Follower> {
        self.told.remove(key);
        let followers = self.links.remove(key);
        if followers.is_some() {
            self.store.unfollow(&Topic::Session(key.clone()));
            self.presence.elsewhere.forget(key);
        }
        followers.unwrap_or_default()
    }

    /// Cuts the links that follow a session, so that they come back and are looked at anew.
    pub(super) fn restart_links(&mut self, key: &Key) {
        for follower in self.forget_followers(key) {
            follower.link.cut(Cut::Restart);
        }
    }

    /// The same, where the store's head is not what they were told last.
    pub(super) fn restart_unless_told(&mut self, key: &Key, head: Head) {
        if self.told.get(key).is_some_and(|told| !told.is(head)) {
            self.restart_links(key);
        }
    }

    /// Past the deadline of an unknown outcome, whoever waits is told so. The append itself goes on being settled.
    pub(super) fn answer_unknown(&mut self, key: &Key) {
        let replies = self.in_flight.get_mut(key).map(|in_flight| std::mem::take(&mut in_flight.replies)).unwrap_or_default();
        for reply in replies.iter().filter(|reply| !is_link(reply.ticket)) {
            if let Some(waiting) = self.waiting.remove(&reply.ticket) {
                let _ = waiting.send(Some(Answer::of_code("outcomeUnknown")));
            }
        }
    }

    /// Planted faults: somebody is told before the store has it.
    #[cfg(feature = "planted")]
    pub(super) fn tell_early(&mut self, append: &Append) {
        use colloq_store::planted::{Planted, is_planted};
        if is_planted(Planted::AnswersEarly) {
            let replies = self.in_flight.get_mut(&append.key).map(|in_flight| std::mem::take(&mut in_flight.replies));
            replies.unwrap_or_default().into_iter().for_each(|reply| self.deliver(reply));
        }
        if is_planted(Planted::BroadcastsEarly) {
            let session = uuid::Uuid::from_bytes(append.key.session);
            self.broadcast(&append.key, &entries_frame(session, append.expected, &append.records), &[]);
        }
    }

    /// Answers whoever waits for an append that failed; without a code they are to ask again.
    pub(super) fn answer_waiting(&mut self, replies: &[OwnedReply], code: Option<&'static str>) {
        for reply in replies.iter().filter(|reply| !is_link(reply.ticket)) {
            if let Some(waiting) = self.waiting.remove(&reply.ticket) {
                let _ = waiting.send(code.map(Answer::of_code));
            }
        }
    }
}

impl Shard {
    /// Sends a link's `submit` to the module; the link is remembered for the entries that come of it.
    pub(in crate::engine) fn submit(self: &Arc<Self>, request: &Request<'_>, key: &Key, link: &Link) -> Outcome {
        let request = encode(request);
        let mut inner = self.inner.lock();
        inner.remember(link);
        self.request_locked(&mut inner, request, key, link.id)
    }

    /// Asks the module for a subscription's state, and subscribes the link in the same moment. Where it lacks entries (206), what happens
    /// from here on is held until it caught up: see [`release`](Self::release).
    pub(in crate::engine) fn subscribe(
        self: &Arc<Self>,
        request: &Request<'_>,
        key: &Key,
        ticket: u64,
        link: &Link,
        user: Option<&Arc<str>>,
    ) -> Outcome {
        let request = encode(request);
        let mut inner = self.inner.lock();
        let outcome = self.request_locked(&mut inner, request, key, ticket);
        if let Outcome::Answer(answer) = &outcome
            && matches!(answer.status, 200 | 204 | 206)
        {
            if answer.status == 200 {
                link.send(snapshot_frame(&answer.body, answer.version));
            }
            let held = (answer.status == 206).then(Held::default);
            let is_there = held.is_none();
            if is_there {
                link.send(subscribed(key, answer.version));
            }
            inner.follow(key, Follower { link: link.clone(), user: user.cloned(), held, is_present: false });
            // A link follows what the module has confirmed, as the others do.
            if inner.told.get(key).is_none_or(|told| told.version != answer.version) {
                inner.told.insert(key.clone(), Told { version: answer.version, chain: None });
            }
            if is_there {
                self.tell_present(&mut inner, key, link);
            }
        }
        outcome
    }

    /// A link hears from now on what happens in a session, whatever came before.
    pub(in crate::engine) fn listen(&self, key: &Key, link: &Link) {
        self.inner.lock().follow(key, Follower { link: link.clone(), user: None, held: None, is_present: false });
    }

    /// A link caught up with a version: it is told so, and of what happened meanwhile.
    /// `false` where it was let go meanwhile, as when the session was erased: it has not heard of that.
    pub(in crate::engine) fn release(self: &Arc<Self>, key: &Key, link: &Link, version: u64) -> bool {
        let mut inner = self.inner.lock();
        let followers = inner.links.get_mut(key).map(Vec::as_mut_slice).unwrap_or_default();
        let mut is_there = false;
        for follower in followers.iter_mut().filter(|follower| follower.link.id == link.id) {
            is_there = true;
            if let Some(held) = follower.held.take() {
                link.send(subscribed(key, version));
                #[cfg(feature = "planted")]
                if colloq_store::planted::is_planted(colloq_store::planted::Planted::LosesHeld) {
                    continue;
                }
                held.frames.into_iter().for_each(|frame| link.send(frame));
            }
        }
        self.tell_present(&mut inner, key, link);
        is_there
    }

    /// Ends a link's subscription.
    pub(in crate::engine) fn unsubscribe(self: &Arc<Self>, key: &Key, link: u64) {
        let mut inner = self.inner.lock();
        let Some(links) = inner.links.get_mut(key) else { return };
        let mut was_present = false;
        links.retain(|other| {
            was_present |= other.link.id == link && other.is_present;
            other.link.id != link
        });
        if links.is_empty() {
            inner.forget_followers(key);
        }
        if was_present {
            self.handle_unlinked(&mut inner, key, link);
        }
    }
}

/// Whether somebody may have signed in or out by another host: then links come back and are looked at anew before they are told anything.
/// This host's own appends say so beside their entries, the store's do not. What only looks like it costs a link a moment.
fn may_have_signed(loaded: &Loaded) -> bool {
    const SIGNED: &[u8] = b"\"kind\":\"signed";
    let signs = |bytes: &[u8]| bytes.windows(SIGNED.len()).any(|window| window == SIGNED);
    loaded.snapshot.is_some() || loaded.records.iter().any(|record| signs(&record.bytes))
}

/// Says that a session ended.
pub(super) fn ended(key: &Key, reason: &str) -> Frame {
    let session = uuid::Uuid::from_bytes(key.session);
    Frame::new(format!(r#"{{"kind":"ended","session":"{session}","reason":"{reason}"}}"#))
}

fn subscribed(key: &Key, version: u64) -> Frame {
    let session = uuid::Uuid::from_bytes(key.session);
    Frame::new(format!(r#"{{"kind":"subscribed","session":"{session}","version":{version}}}"#))
}

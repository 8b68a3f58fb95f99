//! Who is present in sessions: told to those who follow them, and never to a store.
//!
//! What changes within a moment is told once. The module knows who is there; the shard only knows by which links somebody is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use colloq_abi::Request;
use colloq_store::Key;

use super::elsewhere::Elsewhere;
use super::{Inner, Outcome, Shard, encode};
use crate::engine::answer::Answer;
use crate::engine::hub::{Frame, Link};

/// After a frame of a session the next one waits so long for more to tell.
const GATHER_TIME: Duration = Duration::from_millis(50);
/// No link: the frame is written as it is.
const NOBODY: u64 = 0;

/// What is still to be told.
#[derive(Default)]
pub(super) struct PresenceNews {
    /// Sessions that were told of a moment ago, with the latest frame since.
    gathering: HashMap<Key, Option<Frame>>,
    /// When somebody's typing lapses, by session.
    lapses: HashMap<Key, u64>,
    /// Who is there by links of other hosts.
    pub(super) elsewhere: Elsewhere,
}

impl Shard {
    /// Somebody is present by a link. Only who follows a session can be there.
    pub(in crate::engine) fn present(self: &Arc<Self>, request: &Request<'_>, key: &Key, ticket: u64, link: u64) -> Outcome {
        let request = encode(request);
        let mut inner = self.inner.lock();
        let is_following = |inner: &Inner| inner.links.get(key).is_some_and(|links| links.iter().any(|other| other.link.id == link));
        if !is_following(&inner) {
            return Outcome::Answer(Answer::of_code("sessionNotFound"));
        }
        let outcome = self.request_locked(&mut inner, request, key, ticket);
        if let Outcome::Answer(answer) = &outcome
            && answer.status == 200
        {
            for follower in inner.links.get_mut(key).into_iter().flatten().filter(|other| other.link.id == link) {
                follower.is_present = true;
            }
            self.tell(&mut inner, key, answer);
        }
        outcome
    }

    /// A link by which somebody was present is gone.
    pub(super) fn handle_unlinked(self: &Arc<Self>, inner: &mut Inner, key: &Key, link: u64) {
        if let Some(answer) = self.look(inner, key, link) {
            self.tell(inner, key, &answer);
        }
    }

    /// Tells a link that just subscribed who is there, where somebody is.
    pub(super) fn tell_present(self: &Arc<Self>, inner: &mut Inner, key: &Key, link: &Link) {
        let is_somebody_here = inner.links.get(key).is_some_and(|links| links.iter().any(|other| other.is_present));
        if (is_somebody_here || inner.presence.elsewhere.is_somebody_there(key))
            && let Some(frame) = self.here(inner, key)
        {
            link.send(inner.presence.elsewhere.join(key, &frame));
        }
    }

    /// Who is present by links of this host; `None` where the session is not at hand.
    pub(super) fn here(self: &Arc<Self>, inner: &mut Inner, key: &Key) -> Option<Frame> {
        Some(Frame::new(self.look(inner, key, NOBODY)?.body))
    }

    /// Tells of typing that lapsed.
    pub(in crate::engine) fn tell_lapses(self: &Arc<Self>, now: u64) {
        let mut inner = self.inner.lock();
        if inner.presence.lapses.is_empty() {
            return;
        }
        let mut due: Vec<Key> = inner.presence.lapses.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect();
        due.sort_unstable();
        for key in due {
            inner.presence.lapses.remove(&key);
            self.handle_unlinked(&mut inner, &key, NOBODY);
        }
    }

    /// The frame as it is once a link is gone; `None` where the session is not at hand.
    fn look(self: &Arc<Self>, inner: &mut Inner, key: &Key, link: u64) -> Option<Answer> {
        let request = Request::Unlinked { now: self.outside.now_ms(), app: &key.app, session: key.session, link };
        match self.request_locked(inner, encode(&request), key, 0) {
            Outcome::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// Tells all who follow a session, at once or with what comes within a moment.
    fn tell(self: &Arc<Self>, inner: &mut Inner, key: &Key, answer: &Answer) {
        if answer.version > 0 {
            inner.presence.lapses.insert(key.clone(), answer.version);
        } else {
            inner.presence.lapses.remove(key);
        }
        let frame = Frame::new(answer.body.clone());
        match inner.presence.gathering.get_mut(key) {
            Some(news) => *news = Some(frame),
            None => self.broadcast_presence(inner, key, &frame),
        }
    }

    fn broadcast_presence(self: &Arc<Self>, inner: &mut Inner, key: &Key, frame: &Frame) {
        let joined = inner.presence.elsewhere.join(key, frame);
        inner.broadcast(key, &joined, &[]);
        self.tell_elsewhere(key, frame);
        inner.presence.gathering.insert(key.clone(), None);
        let (weak, key) = (Arc::downgrade(self), key.clone());
        tokio::spawn(async move {
            tokio::time::sleep(GATHER_TIME).await;
            let Some(shard) = weak.upgrade() else { return };
            let mut inner = shard.inner.lock();
            if let Some(frame) = inner.presence.gathering.remove(&key).flatten() {
                shard.broadcast_presence(&mut inner, &key, &frame);
            }
        });
    }
}

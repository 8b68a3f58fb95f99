//! Who is present in sessions by the links of other hosts: told between hosts, joined with who is here, and forgotten when it is not said
//! again.
//!
//! It is shown and nothing else: no rule looks at it, and none of it is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Key, Topic};

use super::{Inner, Shard};
use crate::engine::hub::Frame;

/// Whoever did not say for so long that somebody is there has gone.
const HEARD_MS_MAX: u64 = 35_000;
/// What a host says: who is there by its links ...
const THERE: u8 = b'p';
/// ... or that it wants to know.
const ASK: u8 = b'?';

/// Who is present elsewhere.
#[derive(Default)]
pub(super) struct Elsewhere {
    /// By session and host: the links as they stand in a frame, and when they were heard of.
    hosts: BTreeMap<Key, BTreeMap<[u8; 8], (Bytes, u64)>>,
    /// Sessions that are followed since a moment and of which the other hosts were not asked yet.
    unasked: BTreeSet<Key>,
}

impl Elsewhere {
    /// A session has its first follower.
    pub(super) fn begin(&mut self, key: &Key) {
        self.unasked.insert(key.clone());
    }

    /// Nobody follows a session here any more.
    pub(super) fn forget(&mut self, key: &Key) {
        self.unasked.remove(key);
        self.hosts.remove(key);
    }

    pub(super) fn is_somebody_there(&self, key: &Key) -> bool {
        self.hosts.contains_key(key)
    }

    /// A frame of who is here, with who is elsewhere.
    pub(super) fn join(&self, key: &Key, frame: &Frame) -> Frame {
        let (Some(hosts), Some(here)) = (self.hosts.get(key), links(&frame.bytes)) else { return frame.clone() };
        let head = &frame.bytes[..frame.bytes.len() - here.len() - TAIL.len()];
        let all: Vec<&[u8]> =
            std::iter::once(here).chain(hosts.values().map(|(links, _)| &links[..])).filter(|links| !links.is_empty()).collect();
        Frame::new([head, &all.join(&b','), TAIL].concat())
    }

    /// Another host says who is there; `false` where that is no news.
    fn hear(&mut self, key: &Key, host: [u8; 8], there: &Bytes, now: u64) -> bool {
        let hosts = self.hosts.entry(key.clone()).or_default();
        let was = if there.is_empty() { hosts.remove(&host) } else { hosts.insert(host, (there.clone(), now)) };
        if hosts.is_empty() {
            self.hosts.remove(key);
        }
        was.map_or(!there.is_empty(), |(was, _)| was != *there)
    }

    /// Forgets what was not said again; gives the sessions that it was of.
    fn forget_silent(&mut self, now: u64) -> Vec<Key> {
        let mut changed = Vec::new();
        self.hosts.retain(|key, hosts| {
            let before = hosts.len();
            hosts.retain(|_, (_, heard_at)| heard_at.saturating_add(HEARD_MS_MAX) > now);
            if hosts.len() < before {
                changed.push(key.clone());
            }
            !hosts.is_empty()
        });
        changed
    }
}

const HEAD: &[u8] = b"\"links\":[";
const TAIL: &[u8] = b"]}";

/// The links of a `presence` frame, without the brackets.
fn links(frame: &[u8]) -> Option<&[u8]> {
    let at = frame.windows(HEAD.len()).position(|window| window == HEAD)?;
    frame[at + HEAD.len()..].strip_suffix(TAIL)
}

impl Shard {
    /// Tells other hosts who is here.
    pub(super) fn tell_elsewhere(&self, key: &Key, frame: &Frame) {
        if let (true, Some(here)) = (self.store.is_shared(), links(&frame.bytes)) {
            let body = [&[THERE][..], &self.settings.seed.to_be_bytes(), here].concat();
            self.store.tell(&Topic::Session(key.clone()), body.into());
        }
    }

    /// What other hosts do in a session is heard from now on: they are asked who is there.
    pub(in crate::engine) fn ask_elsewhere(&self, key: &Key) {
        if self.inner.lock().presence.elsewhere.unasked.remove(key) {
            self.store.tell(&Topic::Session(key.clone()), Bytes::from_static(&[ASK]));
        }
    }

    /// Another host says something of who is present in a session.
    pub(in crate::engine) fn hear_elsewhere(self: &Arc<Self>, key: &Key, body: &Bytes) {
        let mut inner = self.inner.lock();
        match body.split_first() {
            Some((&ASK, [])) => self.tell_again(&mut inner, key),
            Some((&THERE, rest)) => {
                let Some((host, there)) = rest.split_first_chunk() else { return };
                let now = self.outside.now_ms();
                let is_followed = inner.links.contains_key(key);
                if is_followed && inner.presence.elsewhere.hear(key, *host, &body.slice_ref(there), now) {
                    self.show(&mut inner, key);
                }
            }
            _ => {}
        }
    }

    /// Says again who is here, and forgets whom others no longer say.
    pub(in crate::engine) fn renew_elsewhere(self: &Arc<Self>, now: u64) {
        let mut inner = self.inner.lock();
        let mut keys: Vec<Key> = inner.links.keys().cloned().collect();
        keys.sort_unstable();
        for key in keys {
            self.tell_again(&mut inner, &key);
        }
        for key in inner.presence.elsewhere.forget_silent(now) {
            self.show(&mut inner, &key);
        }
    }

    fn tell_again(self: &Arc<Self>, inner: &mut Inner, key: &Key) {
        let is_somebody_here = inner.links.get(key).is_some_and(|links| links.iter().any(|other| other.is_present));
        if is_somebody_here && let Some(frame) = self.here(inner, key) {
            self.tell_elsewhere(key, &frame);
        }
    }

    /// Shows those who follow a session who is there.
    fn show(self: &Arc<Self>, inner: &mut Inner, key: &Key) {
        if let Some(frame) = self.here(inner, key) {
            let frame = inner.presence.elsewhere.join(key, &frame);
            inner.broadcast(key, &frame, &[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(links: &str) -> Frame {
        Frame::new(format!(r#"{{"kind":"presence","session":"s","links":[{links}]}}"#).into_bytes())
    }

    #[test]
    fn who_is_elsewhere_is_shown_until_it_is_not_said_again() {
        let key = Key { app: "default".into(), session: [1; 16] };
        let mut elsewhere = Elsewhere::default();
        assert_eq!(elsewhere.join(&key, &frame(r#"{"link":1}"#)), frame(r#"{"link":1}"#));
        let there = Bytes::from_static(br#"{"link":7,"state":{"data":{"links":["x]}"]}}}"#);
        assert!(elsewhere.hear(&key, [1; 8], &there, 1_000) && !elsewhere.hear(&key, [1; 8], &there, 2_000));
        assert!(elsewhere.hear(&key, [2; 8], &Bytes::from_static(br#"{"link":9}"#), 2_000));
        let both = r#"{"link":7,"state":{"data":{"links":["x]}"]}}},{"link":9}"#;
        assert_eq!(elsewhere.join(&key, &frame("")), frame(both));
        assert_eq!(elsewhere.join(&key, &frame(r#"{"link":1}"#)), frame(&format!(r#"{{"link":1}},{both}"#)));
        assert!(elsewhere.hear(&key, [1; 8], &Bytes::new(), 3_000) && !elsewhere.hear(&key, [1; 8], &Bytes::new(), 3_000));
        assert_eq!(elsewhere.forget_silent(2_000 + HEARD_MS_MAX - 1), []);
        assert_eq!(elsewhere.forget_silent(2_000 + HEARD_MS_MAX), std::slice::from_ref(&key));
        assert!(!elsewhere.is_somebody_there(&key));
    }
}

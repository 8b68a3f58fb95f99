//! The rope against a plain list: whatever is done to both, they show the same, and lists that share chunks never change one another.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::{format, vec};

use proptest::collection;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

use super::Messages;
use crate::json::Json;
use crate::message::{Author, Draft, Failure, MessageType, Part, Status};
use crate::{Free, Id, Role};

/// How many lists there are at once, each a copy of another at some time.
const LISTS: usize = 3;

/// What is done to a list. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Act {
    Push { streams: bool, text: String, parts: u8, old: bool },
    Grow(u8, String),
    Seal(u8, Status),
    Note(u8),
    Remove(Vec<u8>),
    Trim(u8),
    Truncate(u8),
    RemoveOldest(u8),
    Adopt(u8, u8),
    CopyTo(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let text = || "[a-z\u{e9}\"\\\\\n]{0,12}";
    prop_oneof![
        8 => (prop::bool::weighted(0.2), text(), 0..3_u8, prop::bool::weighted(0.1))
            .prop_map(|(streams, text, parts, old)| Act::Push { streams, text, parts, old }),
        1 => text().prop_map(|text| Act::Push { streams: false, text: text.repeat(900), parts: 0, old: false }),
        3 => (any::<u8>(), text()).prop_map(|(at, text)| Act::Grow(at, text)),
        3 => (any::<u8>(), prop::sample::select(Status::ALL)).prop_map(|(at, status)| Act::Seal(at, status)),
        2 => any::<u8>().prop_map(Act::Note),
        2 => collection::vec(any::<u8>(), 1..4).prop_map(Act::Remove),
        1 => (0..6_u8).prop_map(Act::Trim),
        1 => any::<u8>().prop_map(Act::Truncate),
        1 => (0..8_u8).prop_map(Act::RemoveOldest),
        3 => (any::<u8>(), any::<u8>()).prop_map(|(list, at)| Act::Adopt(list, at)),
        2 => any::<u8>().prop_map(Act::CopyTo),
    ]
}

/// A list and what it has to be.
#[derive(Clone, Default)]
struct Pair {
    rope: Messages,
    plain: Vec<Draft>,
}

fn draft(id: Id, streams: bool, text: &str, parts: u8) -> Draft {
    let part = |n: u8| Part { extra: Free::from_json("{\"x\":[1]}").unwrap(), ..Part::text(&n.to_string(), text) };
    Draft {
        id,
        kind: MessageType::ALL[text.len() % 4],
        status: if streams { Status::Streaming } else { Status::Complete },
        timestamp: id.time_ms(),
        parts: (0..=parts).map(part).collect(),
        author: Author { role: Role::User, id: Arc::from("ada"), name: (parts == 2).then(|| "Ada".into()) },
        reply_to: (parts == 1).then_some(id),
        turn: (parts == 2).then(|| "t".into()),
        error: None,
        metadata: None,
    }
}

impl Pair {
    fn id(&self, at: u8) -> Option<Id> {
        let len = self.plain.len();
        (len > 0).then(|| self.plain[usize::from(at) % len].id)
    }

    fn change(&mut self, id: Id, change: impl Fn(&mut Draft)) {
        self.rope.change(id, &mut |draft| change(draft));
        self.plain.iter_mut().filter(|draft| draft.id == id).for_each(change);
    }

    fn perform(&mut self, act: &Act, nth: u64) {
        match act {
            Act::Push { streams, text, parts, old } => {
                let made = if *old { 1_000_000 - nth } else { 1_000_000 + nth };
                let draft = draft(Id::mint(made, [nth as u8; 16]), *streams, text, *parts);
                self.plain.push(draft.clone());
                self.rope.push(draft);
            }
            Act::Grow(at, text) => {
                let grow = |draft: &mut Draft| draft.parts[0].text.get_or_insert_default().push_str(text);
                self.id(*at).into_iter().for_each(|id| self.change(id, grow));
            }
            Act::Seal(at, status) => {
                let seal = |draft: &mut Draft| {
                    draft.status = *status;
                    draft.error = (*status == Status::Failed).then(|| Failure { code: "c".into(), message: "m".into() });
                };
                self.id(*at).into_iter().for_each(|id| self.change(id, seal));
            }
            Act::Note(at) => {
                let note = Free::from_json(&format!("{{\"n\":{nth}}}")).unwrap();
                self.id(*at).into_iter().for_each(|id| self.change(id, |draft| draft.metadata = Some(note.clone())));
            }
            Act::Remove(places) => {
                let mut ids: Vec<Id> = places.iter().filter_map(|at| self.id(*at)).collect();
                ids.push(Id::mint(7, [nth as u8; 16]));
                self.remove(&ids);
            }
            Act::Trim(count) => {
                let ids: Vec<Id> = self.plain.iter().take(usize::from(*count)).map(|draft| draft.id).collect();
                self.remove(&ids);
            }
            Act::Truncate(len) => {
                self.rope.truncate(usize::from(*len));
                self.plain.truncate(usize::from(*len));
            }
            Act::RemoveOldest(count) => {
                self.rope.remove_oldest(usize::from(*count));
                self.plain.drain(..usize::from(*count).min(self.plain.len()));
            }
            Act::Adopt(..) | Act::CopyTo(_) => {}
        }
    }

    fn remove(&mut self, ids: &[Id]) {
        self.rope.remove(ids);
        self.plain.retain(|draft| !ids.contains(&draft.id));
    }

    fn adopt(&mut self, other: &Self, at: u8) {
        let Some(id) = other.id(at) else { return };
        self.rope.adopt(id, &other.rope);
        let theirs = other.plain.iter().find(|draft| draft.id == id);
        for (mine, theirs) in self.plain.iter_mut().filter(|draft| draft.id == id).zip(theirs) {
            *mine = theirs.clone();
        }
    }

    fn check(&self) {
        let (rope, plain) = (&self.rope, &self.plain);
        assert_eq!((rope.len(), rope.is_empty()), (plain.len(), plain.is_empty()));
        assert_eq!(rope.content_bytes(), plain.iter().map(|draft| u64::from(draft.content_bytes())).sum::<u64>());
        let texts: Vec<String> = plain.iter().map(Json::to_json).collect();
        assert_eq!(rope.iter().map(|message| message.json().into_owned()).collect::<Vec<_>>(), texts);
        assert_eq!(rope.last().map(|message| message.to_draft()), plain.last().cloned());
        for (at, (message, draft)) in rope.iter().zip(plain).enumerate() {
            assert_eq!(&message.to_draft(), draft);
            assert_eq!(message.open().is_some(), draft.status == Status::Streaming, "what streams is open, and nothing else");
            let row = (message.id(), message.kind(), message.status(), message.reply_to(), message.content_bytes());
            assert_eq!(row, (draft.id, draft.kind, draft.status, draft.reply_to, draft.content_bytes()));
            assert_eq!((rope.position(draft.id), rope.find(draft.id).map(|found| found.id())), (Some(at), Some(draft.id)));
        }
        assert!(rope.find(Id::mint(9, [9; 16])).is_none() && rope.position(Id::mint(u64::MAX >> 16, [9; 16])).is_none());
        for count in [0, 1, 2, plain.len() / 2, plain.len(), usize::MAX] {
            let mut written = String::new();
            rope.write_last(count, &mut written);
            assert_eq!(written, texts[plain.len().saturating_sub(count)..].join(","), "the newest {count}");
        }
        self.check_sums(&texts);
        self.check_surplus();
    }

    /// What a list counts does not depend on how it came about.
    fn check_sums(&self, texts: &[String]) {
        let mut fresh = Messages::default();
        self.plain.iter().for_each(|draft| fresh.push(draft.clone()));
        assert_eq!(self.rope.checksum(), fresh.checksum());
        assert_eq!(fresh, self.rope, "lists are equal that show the same");
        if self.plain.iter().all(|draft| draft.status != Status::Streaming) {
            let gaps = self.rope.segments.len().saturating_sub(1);
            assert_eq!(self.rope.json_len() + gaps, texts.join(",").len());
        }
        if let Some(draft) = self.plain.last() {
            let mut other = self.rope.clone();
            other.change(draft.id, &mut |draft| draft.timestamp += 1);
            assert_ne!(other.checksum(), self.rope.checksum());
        }
    }

    fn check_surplus(&self) {
        let bytes = self.rope.content_bytes();
        for (count, bytes) in [(0, 0), (usize::MAX, bytes), (self.plain.len() / 2, u64::MAX), (usize::MAX, bytes / 2)] {
            let surplus = self.rope.surplus(count, bytes);
            let (mut rest, mut expected) = (self.plain.iter().collect::<Vec<_>>(), Vec::new());
            let size = |rest: &[&Draft]| rest.iter().map(|draft| u64::from(draft.content_bytes())).sum::<u64>();
            while rest.len() > count || size(&rest) > bytes {
                let Some(oldest) = rest.iter().position(|draft| draft.status != Status::Streaming) else { break };
                expected.push(rest.remove(oldest).id);
            }
            assert_eq!(surplus, expected);
        }
    }

    fn check_common(&self, other: &Self) {
        let start = self.plain.iter().zip(&other.plain).take_while(|(one, other)| one == other).count();
        let rest = self.plain.len().min(other.plain.len()) - start;
        let end = self.plain.iter().rev().zip(other.plain.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
        assert_eq!(self.rope.common(&other.rope), (start, end));
        assert_eq!(self.rope == other.rope, self.plain == other.plain);
    }
}

/// Performs all acts, each on one of the lists; looks at the list that changed now and then, and at all of them in the end.
fn perform_all(acts: &[(u8, Act)]) {
    let mut pairs: [Pair; LISTS] = Default::default();
    for (nth, (list, act)) in acts.iter().enumerate() {
        let list = usize::from(*list) % LISTS;
        match act {
            Act::Adopt(other, at) => {
                let other = pairs[usize::from(*other) % LISTS].clone();
                pairs[list].adopt(&other, *at);
            }
            Act::CopyTo(other) => pairs[usize::from(*other) % LISTS] = pairs[list].clone(),
            act => pairs[list].perform(act, nth as u64),
        }
        if nth % 8 == 0 {
            pairs[list].check();
        }
    }
    for one in &pairs {
        one.check();
        for other in &pairs {
            one.check_common(other);
        }
    }
}

fn config() -> ProptestConfig {
    let kept = FileFailurePersistence::Direct(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/crashers/rope.txt"));
    let config = ProptestConfig { failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() };
    match std::env::var_os("COLLOQ_FULL") {
        Some(_) => ProptestConfig { cases: 20_000, ..config },
        None => ProptestConfig { cases: 100, rng_seed: RngSeed::Fixed(7), ..config },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_rope_is_a_list(acts in collection::vec((any::<u8>(), act()), 1..120)) {
        perform_all(&acts);
    }
}

/// A long talk needs few chunks, so a read copies few runs.
#[test]
fn a_long_list_has_few_chunks() {
    let mut rope = Messages::default();
    for nth in 0..1000 {
        rope.push(draft(Id::mint(nth, [1; 16]), false, "a few words", 0));
        let chunks = rope.segments.len() as u64;
        assert!(chunks <= nth / 64 + 8, "{chunks} chunks for {} messages", nth + 1);
    }
}

//! A command that is asked for twice takes effect once, wherever it is asked for: by its id, and by its `Idempotency-Key`.

use std::collections::BTreeMap;

use colloq_core::{Code, CommandId, Id, Once, Replica, Request, Session, Stamp, Submitted, Upstream};
use colloq_tests::crashers;
use colloq_tests::properties::{APP, Appended, BEGIN_MS, Deeds, Dice, History, Step, actor, creation, entries_of};
use proptest::collection::vec;
use proptest::prelude::*;

const HOUR_MS: u64 = 3_600_000;
/// How long a key is remembered.
const REMEMBERED_MS: u64 = 24 * HOUR_MS;

proptest! {
    #![proptest_config(colloq_tests::properties::config(crashers!("twice"), 60, 20_000))]

    #[test]
    fn a_command_twice_is_once(steps in vec(any::<Step>(), 1..60)) {
        let mut pair = Pair::new(steps[0]);
        steps[1..].iter().for_each(|step| pair.perform(*step));
        pair.settle();
        pair.check_log();
        pair.ask_for_all_again();
    }
}

/// Something that somebody asked for, to be asked for again.
#[derive(Clone)]
struct Asked {
    who: usize,
    base: u64,
    /// The key of its one-shot id.
    key: Option<String>,
    request: Request,
}

/// Two hosts on one log.
struct Pair {
    history: History,
    hosts: [Replica<()>; 2],
    asked: Vec<Asked>,
    now: u64,
    counter: u64,
}

impl Pair {
    fn new(first: Step) -> Self {
        let session = Id::mint(BEGIN_MS, [1; 16]);
        let hosts = [(); 2].map(|()| Replica::new(Upstream::Store, Session::vacant(APP, session)));
        let mut pair = Self { history: History::new(session), hosts, asked: Vec::new(), now: BEGIN_MS, counter: 0 };
        let create = Request::from_json(&creation(first).to_string()).expect("a creation reads");
        let asked = Asked { who: 0, base: 0, key: Some("create".into()), request: create };
        pair.ask(0, asked);
        pair.append(0, true);
        pair
    }

    fn perform(&mut self, [what, which, seed]: Step) {
        let (host, mut dice) = (usize::from(which) % 2, Dice::new(seed));
        match what % 16 {
            0..=4 => self.ask_anew(host, [what / 16, which / 2, seed], &mut dice),
            5..=9 => self.ask_again(host, usize::from(which / 2), &mut dice),
            10..=12 => self.append(host, true),
            13 => self.append(host, false),
            14 if dice.once_in(4) => self.now += dice.pick(&[1, HOUR_MS, 23 * HOUR_MS]),
            14 => self.hosts[host] = Replica::new(Upstream::Store, self.history.load(usize::from(seed) % (self.history.len() + 1))),
            _ => self.now += 1,
        }
    }

    /// Somebody asks for something new, by an id or by a key.
    fn ask_anew(&mut self, host: usize, step: Step, dice: &mut Dice) {
        let view = self.hosts[host].view().clone();
        let (counter, now) = (&mut self.counter, self.now);
        let mut fresh = || {
            *counter += 1;
            Id::mint(now, [&[0; 8][..], &counter.to_be_bytes()].concat().try_into().expect("sixteen bytes"))
        };
        let who = dice.pick(&[0, 0, 2, 3]);
        let command = Deeds { view: &view, role: actor(who).role, fresh: &mut fresh }.command(step).to_string();
        let Ok(request) = Request::from_json(&command) else { return };
        let client = Id::mint(BEGIN_MS, [2 + who as u8; 16]);
        let mut asked = Asked { who, base: self.hosts[host].confirmed().head.version, key: None, request };
        if dice.once_in(2) {
            let key = format!("key {}", dice.next(6));
            asked.request.once = Some(Once::new(&actor(who), &key, &[command.as_bytes()]));
            asked.key = Some(key);
        } else {
            asked.request.id = Some(CommandId(client, self.hosts[host].next_seq(client)));
        }
        self.asked.push(asked.clone());
        self.ask(host, asked);
    }

    /// Somebody asks for something a second time, perhaps at the other host.
    fn ask_again(&mut self, host: usize, which: usize, dice: &mut Dice) {
        if self.asked.is_empty() {
            return;
        }
        // The newest more than others.
        let at = self.asked.len() - 1 - if dice.once_in(3) { which } else { which % 3 } % self.asked.len();
        let asked = self.asked[at].clone();
        self.ask(host, asked);
    }

    fn ask(&mut self, host: usize, asked: Asked) {
        let before = self.hosts[host].pending().len();
        let Asked { who, base, request, .. } = asked;
        let stamp = Stamp::new(self.now, actor(who));
        let mut pending = self.hosts[host].pending().iter().filter(|pending| pending.stamp.now + REMEMBERED_MS > self.now);
        let is_running = request.once.is_some() && pending.any(|pending| pending.request.once == request.once);
        let submitted = self.hosts[host].submit(request.clone(), base, stamp, ());
        let added = self.hosts[host].pending().len() - before;
        assert_eq!(added, usize::from(matches!(submitted, Ok(Submitted::Pending(..)))), "nothing else is decided: {submitted:?}");
        match submitted {
            Ok(Submitted::Recorded(used)) => {
                let entry = &self.history.entries()[used.version as usize - 1];
                assert_eq!((entry.once, entry.outcome.rejected()), (request.once, used.rejected), "what is on record is said");
            }
            Ok(Submitted::Pending(..)) => assert!(!is_running),
            Err(rejection) if rejection.code == Code::Conflict && is_running => {}
            Ok(Submitted::Duplicate(_)) | Err(_) => {}
        }
    }

    /// A host hands its append to the log; it may not hear what became of it, and sends the same again later.
    fn append(&mut self, host: usize, hears: bool) {
        let replica = &mut self.hosts[host];
        let append = if replica.is_in_flight() { replica.append_in_flight() } else { replica.poll_append() };
        let Some((expected, count)) = append.map(|(expected, entries)| (expected, entries.len())) else { return };
        let appended = self.history.append(expected, &entries_of(replica, count));
        match appended {
            _ if !hears => {}
            Appended::Now | Appended::Already => drop(replica.handle_appended()),
            Appended::Conflict => {
                let missed = self.history.texts(expected.version as usize);
                replica.handle_conflict(&missed).expect("the log continues what a host knows");
            }
        }
    }

    /// Everything that is pending comes to the log.
    fn settle(&mut self) {
        for _ in 0..100 {
            (0..2).for_each(|host| self.append(host, true));
            if self.hosts.iter().all(|host| host.pending().is_empty()) {
                return;
            }
        }
        panic!("two hosts that append in turn come to an end");
    }

    fn check_log(&self) {
        let entries = self.history.entries();
        let mut keys: BTreeMap<String, u64> = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            let is_same = |other: &&colloq_core::Entry| entry.command.is_some() && other.command == entry.command;
            assert_eq!(entries[..at].iter().find(is_same), None, "an id is in the log once");
            let Some(once) = entry.once else { continue };
            let asked = self.asked.iter().find(|asked| asked.request.once == Some(once)).expect("somebody asked for it");
            let key = format!("{} {:?}", actor(asked.who).id, asked.key);
            if let Some(before) = keys.insert(key, entry.stamp.now) {
                assert!(entry.stamp.now >= before + REMEMBERED_MS, "a key is used once in 24 hours");
            }
        }
    }

    /// Whoever asks again for what is on record is told what became of it, by both hosts, and nothing more happens.
    fn ask_for_all_again(&mut self) {
        let entries = self.history.entries();
        let len = self.history.len();
        for host in 0..2 {
            let head = self.hosts[host].confirmed().head;
            self.hosts[host].handle_entries(head, &self.history.texts(head.version as usize)).expect("the log continues what a host knows");
            for asked in self.asked.clone() {
                let by_id = |entry: &&colloq_core::Entry| {
                    let is_remembered = entry.stamp.now + REMEMBERED_MS > self.now.max(self.hosts[host].confirmed().now);
                    (entry.command.is_some() && entry.command == asked.request.id)
                        || (entry.once.is_some() && entry.once == asked.request.once && is_remembered)
                };
                let Some(entry) = entries.iter().find(by_id) else { continue };
                let (outcome, version) = (entry.outcome.rejected(), entry.version);
                let stamp = Stamp::new(self.now, actor(asked.who));
                match self.hosts[host].submit(asked.request.clone(), asked.base, stamp, ()) {
                    Ok(Submitted::Duplicate(told)) => assert_eq!(told, outcome),
                    Ok(Submitted::Recorded(used)) => assert_eq!((used.rejected, used.version), (outcome, version)),
                    other => panic!("what is on record is not decided again: {other:?}"),
                }
            }
            assert!(self.hosts[host].pending().is_empty());
        }
        assert_eq!(self.history.len(), len);
    }
}

//! One host with a log of its own: it decides commands and appends them, now one by one, now several at once.

use std::collections::BTreeMap;

use colloq_core::{
    Actor, Command, CommandId, Expire, Id, Once, Rejection, Replica, Request, Restore, Restored, Session, Stamp, Submitted, Upstream,
};
use serde_json::Value;

use super::{ACTORS, APP, Appended, BEGIN_MS, Deeds, History, Step, actor, creation, entries_of};

/// Every entry of a scribe's log, and the session at hand.
pub struct Scribe {
    /// The session, and what is pending.
    pub replica: Replica<()>,
    /// Its log.
    pub history: History,
    /// The host's clock.
    pub now: u64,
    /// The last activity.
    pub touched_at: u64,
    /// The kinds of commands that were asked for, and the codes of those that were refused without a trace.
    pub met: BTreeMap<&'static str, u32>,
    clients: Vec<Id>,
    counter: u64,
}

impl Scribe {
    /// A host of a session that does not exist yet. `number` tells its session from others.
    pub fn new(number: u64, now: u64) -> Self {
        let session = Id::mint(BEGIN_MS, bytes(number, 0));
        let replica = Replica::new(Upstream::Store, Session::vacant(APP, session));
        let clients = (1..=ACTORS as u64).map(|nth| Id::mint(BEGIN_MS, bytes(number, nth << 32))).collect();
        Self { replica, history: History::new(session), now, touched_at: now, met: BTreeMap::new(), clients, counter: number << 40 }
    }

    /// A host that has played a whole sequence: a session is created, and then lives.
    pub fn play(steps: &[Step]) -> Self {
        let mut scribe = Self::new(1, BEGIN_MS);
        let Some((first, rest)) = steps.split_first() else { return scribe };
        scribe.create(*first);
        scribe.go_on(rest);
        scribe
    }

    /// A host of a copy of a session.
    ///
    /// # Panics
    /// If the copy is refused.
    pub fn restored(number: u64, now: u64, state: Restored, actor: &Actor) -> Self {
        let mut scribe = Self::new(number, now);
        let request = Request::from(Command::from(Restore { state }));
        scribe.submit(request, actor).expect("what the core gave for a copy makes one");
        scribe.flush();
        scribe
    }

    fn create(&mut self, step: Step) {
        let create = creation(step);
        let request = Request::from_json(&create.to_string()).expect("a creation reads");
        self.submit(request, &actor(0)).expect("a new session is created");
        self.flush();
    }

    /// Lets the session live on.
    pub fn go_on(&mut self, steps: &[Step]) {
        for step in steps {
            self.perform(*step);
        }
        self.flush();
    }

    /// A number that nothing had before.
    pub fn fresh(&mut self) -> Id {
        self.counter += 1;
        Id::mint(self.now, bytes(self.counter, 0))
    }

    /// Does what a step means: time passes or not, somebody asks for something, and all or nothing of it is appended.
    fn perform(&mut self, [kind, target, seed]: Step) {
        let (kind, rest) = (kind % 40, kind / 40);
        self.now += [0, 0, 1, 7, 500, 0, [0, 0, 0, 61_000][usize::from(seed % 4)], if target % 32 == 31 { 31 * 60_000 } else { 3 }]
            [usize::from(rest % 8)];
        self.expire();
        let (who, target) = (usually(kind, usize::from(target) % 16), target / 16);
        let command = self.write(who, [kind, target, seed]);
        let who = if seed % 8 == 7 { who } else { self.producer(&command).unwrap_or(who) };
        let Ok(mut request) = Request::from_json(&command.to_string()) else { return };
        match rest / 8 % 4 {
            0 | 1 => request.id = Some(CommandId(self.clients[who], self.replica.next_seq(self.clients[who]))),
            2 => request.once = Some(Once::new(&actor(who), &format!("{}", seed % 40), &[command.to_string().as_bytes()])),
            _ => {}
        }
        // What is refused leaves no trace, which is what the log is compared for.
        if self.submit(request, &actor(who)).is_ok() && who < 2 {
            self.touched_at = self.touched_at.max(self.now);
        }
        if rest / 32 % 3 != 1 {
            self.flush();
        }
    }

    /// The command that somebody means by a step.
    pub fn write(&mut self, who: usize, step: Step) -> Value {
        let view = self.replica.view().clone();
        let mut fresh = || self.fresh();
        Deeds { view: &view, role: actor(who).role, fresh: &mut fresh }.command(step)
    }

    /// Who produces the stream that a command is about.
    fn producer(&mut self, command: &Value) -> Option<usize> {
        let by_producer = ["appendDelta", "setPart", "reviseMessage", "completeMessage", "failMessage"];
        let message = command["message"].as_str().filter(|_| by_producer.contains(&command["kind"].as_str().unwrap_or_default()))?;
        let author = self.replica.view().message(message.parse().ok()?)?.to_draft().author;
        (0..ACTORS).find(|who| actor(*who).id == author.id)
    }

    /// Hands a request to the session.
    ///
    /// # Errors
    /// Why it is refused without a trace.
    pub fn submit(&mut self, request: Request, actor: &Actor) -> Result<Submitted, Rejection> {
        *self.met.entry(request.command.kind()).or_default() += 1;
        let entropy = *self.fresh().as_bytes();
        let base = self.replica.confirmed().head.version;
        let submitted = self.replica.submit(request, base, Stamp::new(self.now, actor.clone()).with_entropy(entropy), ());
        submitted.inspect_err(|rejection| *self.met.entry(rejection.code.as_str()).or_default() += 1)
    }

    /// What time brought about, as hosts look for it before they decide anything.
    fn expire(&mut self) {
        let (touched_at, now) = (self.touched_at, self.now);
        let view = self.replica.view();
        if view.is_active() && view.deadline(touched_at).is_some_and(|deadline| deadline <= now) {
            let expire = Command::from(Expire { touched_at });
            self.submit(Request::from(expire), &Actor::system()).expect("time is never refused");
        }
    }

    /// Appends what is pending.
    ///
    /// # Panics
    /// If the log does not take it.
    pub fn flush(&mut self) {
        let Some((expected, count)) = self.replica.poll_append().map(|(expected, entries)| (expected, entries.len())) else { return };
        let entries = entries_of(&self.replica, count);
        assert_eq!(self.history.append(expected, &entries), Appended::Now, "the log has one writer");
        self.replica.handle_appended();
    }
}

/// Who does such a thing: most often somebody who may.
fn usually(kind: u16, who: usize) -> usize {
    let among = if (24..37).contains(&kind) {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 1, 2, 4, 5]
    } else {
        [0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 1, 3, 3, 4, 5]
    };
    among[who]
}

fn bytes(high: u64, low: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&low.to_be_bytes());
    bytes[8..].copy_from_slice(&high.to_be_bytes());
    bytes
}

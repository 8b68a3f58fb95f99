//! Whatever is asked, every engine answers with the same bytes: random sequences through the raw envelope, on the native core and on the
//! shipped file in wasmtime, in Node and, now and then, in a page of Chromium.

use std::cell::Cell;

use colloq_abi::Op;
use colloq_core::{Id, Replica, Role, Session, Upstream};
use colloq_tests::crashers;
use colloq_tests::engine::{Kind, Target};
use colloq_tests::properties::{Deeds, Dice, Step, config, creation};
use colloq_tests::world::{ADA, APP, BEN, BOT, GUEST, HAL, OPS, Terms, Who, World, command, frame, run_on};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

const PEOPLE: [(Who, Role); 8] = [
    (ADA, Role::User),
    (ADA, Role::User),
    (BOT, Role::Agent),
    (BOT, Role::Agent),
    (OPS, Role::Operator),
    (HAL, Role::Agent),
    (BEN, Role::User),
    (GUEST, Role::User),
];
/// A page of Chromium is slow to reach: one sequence in so many is played there.
const CHROMIUM_EVERY: u32 = 16;

proptest! {
    #![proptest_config(config(crashers!("engines"), 64, 10_000))]

    #[test]
    fn every_engine_gives_the_same_bytes(steps in vec(any::<Step>(), 1..40)) {
        thread_local!(static NTH: Cell<u32> = const { Cell::new(0) });
        let nth = NTH.replace(NTH.get() + 1);
        let is_played = |kind: &&Kind| **kind != Kind::Chromium || nth.is_multiple_of(CHROMIUM_EVERY);
        let targets: Vec<Target> = Kind::here().iter().filter(is_played).copied().map(Target::shipped).collect();
        run_on(|world| Play::new(world).perform_all(&steps), &targets);
    }
}

/// A sequence on its way through a world.
struct Play<'w> {
    world: &'w mut World,
    /// The sessions that were created, as their logs say they are.
    sessions: Vec<Replica<()>>,
    client: Id,
}

impl<'w> Play<'w> {
    fn new(world: &'w mut World) -> Self {
        let client = world.new_id();
        Self { world, sessions: Vec::new(), client }
    }

    fn perform_all(&mut self, steps: &[Step]) {
        for step in steps {
            self.perform(*step);
        }
        self.world.release();
        // A host that begins anew makes the same of what was stored.
        let mut twin = self.world.twin();
        for at in 0..self.sessions.len() {
            let session = self.sessions[at].confirmed().id;
            if !self.world.is_erased(session) {
                self.world.read_head(session);
                let here = self.world.send(OPS, session, Op::Subscribe { since: None }, "");
                let there = twin.send(OPS, session, Op::Subscribe { since: None }, "");
                assert_eq!(self.world.take(here), twin.take(there), "a host that begins anew knows the same");
            }
        }
    }

    fn perform(&mut self, [what, which, seed]: Step) {
        let mut dice = Dice::new(which / 64);
        let (who, role) = PEOPLE[usize::from(which) % 8];
        let Some(at) = self.session(usize::from(which / 8) % 8) else { return self.create(who, [what, which, seed]) };
        match what % 32 {
            0..=11 => self.ask(at, who, role, [what / 32, which / 64, seed], &mut dice),
            12..=18 => self.submit(at, who, role, [what / 32, which / 64, seed]),
            19..=22 => self.read(at, who, &mut dice),
            23 => self.create(who, [what / 32, which, seed]),
            24 => self.world.hold_appends(),
            25 => drop(self.world.release_one()),
            26 | 27 => self.world.release(),
            28 => self.pass(at, &mut dice),
            29 => self.copy(at, who, &mut dice),
            30 => self.elsewhere(at, [what / 32, which / 64, seed]),
            _ => self.ill_formed(at, who, &mut dice),
        }
    }

    /// One of the sessions that are there; brings what is known of it up to its log.
    fn session(&mut self, which: usize) -> Option<usize> {
        let at = which.checked_rem(self.sessions.len())?;
        let id = self.sessions[at].confirmed().id;
        if self.world.is_erased(id) {
            return None;
        }
        let log = self.world.log(id);
        let head = self.sessions[at].confirmed().head;
        let from = log.has(colloq_abi::Head { version: head.version, chain: head.chain.0 }).then_some(head.version as usize);
        if from.is_none() {
            self.sessions[at] = Replica::new(Upstream::Host, Session::vacant(APP, id));
        }
        let texts: Vec<&str> = (from.unwrap_or(0) + 1..=log.entries.len()).map(|version| log.text(version)).collect();
        let head = self.sessions[at].confirmed().head;
        self.sessions[at].handle_entries(head, &texts).expect("the log replays");
        self.sessions[at].confirmed().exists().then_some(at)
    }

    fn create(&mut self, who: Who, step: Step) {
        let mut body = creation(step);
        body.as_object_mut().expect("an object").remove("kind");
        let session = self.world.new_id();
        self.world.release();
        let ticket = self.world.send(who, session, Op::Create, body);
        if self.world.take(ticket).iter().any(|answer| answer.status == 201) {
            self.sessions.push(Replica::new(Upstream::Host, Session::vacant(APP, session)));
        }
    }

    fn deed(&mut self, at: usize, role: Role, step: Step) -> Value {
        let world = &*self.world;
        let mut fresh = || world.new_id();
        Deeds { view: self.sessions[at].confirmed(), role, fresh: &mut fresh }.command(step)
    }

    /// One command by HTTP, perhaps under a condition, perhaps with a key.
    fn ask(&mut self, at: usize, who: Who, role: Role, step: Step, dice: &mut Dice) {
        let deed = self.deed(at, role, step);
        let session = self.sessions[at].confirmed();
        let terms = Terms {
            condition: dice.once_in(6).then_some(session.head.version + dice.next(2) as u64),
            key: dice.once_in(3).then(|| dice.pick(&["k", "l", "m"])),
        };
        let session = session.id;
        let (op, body) = op_of(&deed);
        self.world.send_with(who, session, terms, op, body);
    }

    /// Commands by a frame, with ids that mostly follow one another.
    fn submit(&mut self, at: usize, who: Who, role: Role, [kind, target, seed]: Step) {
        let session = self.sessions[at].confirmed();
        let (id, base, last) = (session.id, session.head.version, session.last_seq(self.client));
        let first = if seed % 8 == 7 { last } else { last + 1 };
        let commands = (0..=kind % 3).map(|nth| {
            let deed = self.deed(at, role, [kind.wrapping_add(nth * 7), target, seed]);
            command(self.client, first + u64::from(nth), deed)
        });
        let commands: Vec<Value> = commands.collect();
        self.world.send(who, id, Op::Submit, frame(id, base, &commands));
    }

    fn read(&mut self, at: usize, who: Who, dice: &mut Dice) {
        let session = self.sessions[at].confirmed();
        let message = session.messages.iter().nth(dice.next(4)).map_or(session.id, |message| message.id()).to_string();
        let head = colloq_abi::Head { version: session.head.version, chain: session.head.chain.0 };
        let id = session.id;
        let op = match dice.next(10) {
            0 => Op::Read { messages: None },
            1 => Op::Read { messages: Some(2) },
            2 => Op::ListMessages { before: None, limit: 3 },
            3 => Op::ListMessages { before: Some(&message), limit: 2 },
            4 => Op::ReadMessage(&message),
            5 => Op::Export,
            6 => Op::Subscribe { since: None },
            7 => Op::Subscribe { since: Some(head) },
            8 => Op::ReadPrivate("handle"),
            _ => Op::SetPrivate("handle"),
        };
        self.world.send(who, id, op, "{\"a\":1.50}");
    }

    /// Time passes, and somebody notices.
    fn pass(&mut self, at: usize, dice: &mut Dice) {
        self.world.advance(dice.pick(&[1, 900, 61_000, 31 * 60_000]));
        let session = self.sessions[at].confirmed().id;
        match dice.next(5) {
            0 => self.world.tick(),
            1 => self.world.due(session),
            2 => drop(self.world.counters()),
            3 => drop(self.world.unlink(session, 1)),
            _ => {
                self.world.send(ADA, session, Op::Presence { link: 1 }, json!({ "typing": true }));
            }
        }
    }

    /// A fork of a session, or a copy out of an export.
    fn copy(&mut self, at: usize, who: Who, dice: &mut Dice) {
        self.world.release();
        let session = self.sessions[at].confirmed().id;
        let op = dice.pick(&[Op::Fork, Op::Export]);
        let ticket = self.world.send(who, session, op, "");
        let Some(given) = self.world.take(ticket).into_iter().find(|answer| answer.status == 200) else { return };
        let copy = self.world.new_id();
        let ticket = self.world.send(who, copy, Op::Restore, String::from_utf8(given.body).expect("a copy is text"));
        if self.world.take(ticket).iter().any(|answer| answer.status == 201) {
            self.sessions.push(Replica::new(Upstream::Host, Session::vacant(APP, copy)));
        }
    }

    /// Another host writes first, and this one meets a conflict at its next append.
    fn elsewhere(&mut self, at: usize, step: Step) {
        self.world.release();
        let session = self.sessions[at].confirmed().id;
        let deed = self.deed(at, Role::User, step);
        let mut twin = self.world.twin();
        let (op, body) = op_of(&deed);
        twin.send(ADA, session, op, body);
        self.world.conflict_with(&twin, session);
    }

    /// Bodies that are none.
    fn ill_formed(&mut self, at: usize, who: Who, dice: &mut Dice) {
        let session = self.sessions[at].confirmed().id;
        let op = dice.pick(&[Op::AppendMessage, Op::Update, Op::Commands, Op::Submit, Op::Restore, Op::Create, Op::AppendDelta("x")]);
        let body = dice.pick(&["", "{", "[]", "{\"a\":1,\"a\":1}", "{\"title\":\"\\ud800\"}", "{\"data\":{\"a\":1e400}}", "null", "\u{1}"]);
        self.world.send(who, session, op, body);
    }
}

/// A command as HTTP asks for it; those that it has no route for go as a list of one.
fn op_of(deed: &Value) -> (Op<'_>, String) {
    let text = |key: &str| deed[key].as_str().unwrap_or_default();
    let op = match text("kind") {
        "appendMessage" => return (Op::AppendMessage, deed["message"].to_string()),
        "setActiveProject" => return (Op::SetProject, deed["project"].to_string()),
        "setPreferences" => return (Op::SetPreferences, deed["preferences"].to_string()),
        "patchData" => return (Op::Update, json!({ "data": deed["patch"], "title": "Both" }).to_string()),
        "recordIssue" => {
            let issue = &deed["issue"];
            let body = json!({ "title": issue["title"], "status": issue["status"] });
            return (Op::RecordIssue(issue["id"].as_str().unwrap_or_default()), body.to_string());
        }
        "appendDelta" => Op::AppendDelta(text("message")),
        "reviseMessage" => Op::Revise(text("message")),
        "completeMessage" => Op::Complete(text("message")),
        "failMessage" => Op::Fail(text("message")),
        "takeOver" => Op::TakeOver(text("message")),
        "stopMessage" => Op::Stop(text("message")),
        "interruptMessage" => Op::Interrupt(text("message")),
        "removeMessage" => Op::RemoveMessage(text("message")),
        "patchMetadata" => Op::PatchMessage(text("message")),
        "removeIssue" => Op::RemoveIssue(text("issue")),
        "rewind" => Op::Rewind,
        "compact" => Op::Compact,
        "signIn" => Op::SignIn,
        "signOut" => Op::SignOut,
        "end" => Op::End,
        "rename" | "setLimits" => Op::Update,
        "batch" => Op::Commands,
        _ => return (Op::Commands, json!({ "commands": [deed] }).to_string()),
    };
    let mut body = deed.clone();
    for key in ["kind", "message", "issue"] {
        body.as_object_mut().expect("a command is an object").remove(key);
    }
    (op, body.to_string())
}

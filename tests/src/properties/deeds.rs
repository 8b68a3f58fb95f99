//! Commands out of numbers: every kind that a client may send, most of them fitting the session that they are for, some of them not.

use colloq_core::{Actor, Draft, Id, MessageType, Part, Role, Session, Status};
use serde_json::{Value, json};

use super::{Dice, Step};

/// How many different actors there are.
pub const ACTORS: usize = 6;

/// One of those who act: the session's user twice as often as anybody else.
pub fn actor(which: usize) -> Actor {
    match which % ACTORS {
        0 | 1 => Actor::new(Role::User, "ada"),
        2 => Actor { name: Some("Bot \"B\"".into()), ..Actor::new(Role::Agent, "bot") },
        3 => Actor::new(Role::Operator, "ops"),
        4 => Actor::new(Role::Agent, "hal"),
        _ => Actor { anonymous: true, ..Actor::new(Role::User, "ben") },
    }
}

/// The `create` command of a session; its limits are low, so that they are reached.
pub fn creation(step: Step) -> Value {
    let mut dice = Dice::new(step[2]);
    let mut create = json!({ "kind": "create" });
    if step[0] % 2 == 1 {
        create["limits"] = json!({ "maxMessages": 1 + step[1] % 12, "maxContentBytes": dice.pick(&[1024, 2048, 1_048_576]) });
    }
    if dice.once_in(3) {
        create["title"] = json!(text(&mut dice));
        create["data"] = free(&mut dice, 2);
        create["context"] = json!({ "recentIssues": [issue(1, "open")], "userPreferences": { "language": "de" } });
    }
    create
}

const TEXTS: [&str; 9] = ["a", "", "Gr\u{fc}\u{df}e ", "b \"q\" \\ \n\t", "\u{1f600}", "\u{0}\u{1f}\u{7f}", "ab", "{\"a\":[1]}", "\u{e9}"];

fn text(dice: &mut Dice) -> String {
    let text = dice.pick(&TEXTS);
    if dice.once_in(12) { text.repeat(90) } else { text.to_owned() }
}

fn free(dice: &mut Dice, depth: usize) -> Value {
    let leaf =
        |dice: &mut Dice| dice.pick(&[json!(1), json!(null), json!("x"), json!(-0.5), json!(1e15), json!(true), json!([]), json!({})]);
    let mut object = json!({});
    for _ in 0..dice.next(4) {
        let key = dice.pick(&["a", "b", "apiCalls", "\u{e9}\"", ""]);
        object[key] = if depth > 0 && dice.once_in(2) { free(dice, depth - 1) } else { leaf(dice) };
    }
    object
}

fn issue(number: u16, status: &str) -> Value {
    json!({ "id": format!("LIN-{}", number % if number.is_multiple_of(2) { 4 } else { 24 }), "title": "t", "status": status })
}

/// Writes commands for a session as it is seen.
pub struct Deeds<'a> {
    /// What its writer sees.
    pub view: &'a Session,
    /// Who they are for.
    pub role: Role,
    /// For what they create.
    pub fresh: &'a mut dyn FnMut() -> Id,
}

impl Deeds<'_> {
    /// The command that a step means.
    pub fn command(&mut self, step: Step) -> Value {
        let [kind, target, seed] = step;
        let mut dice = Dice::new(seed);
        match kind % 40 {
            0..=5 => json!({ "kind": "appendMessage", "message": self.message(&mut dice, target, false) }),
            6..=9 => json!({ "kind": "appendMessage", "message": self.message(&mut dice, target, true) }),
            10..=21 => self.stream(kind, target, &mut dice),
            22..=27 => self.past(kind, target, &mut dice),
            28 => json!({ "kind": "recordIssue", "issue": issue(target, dice.pick(&["open", "", "done"])) }),
            29 => json!({ "kind": "removeIssue", "issue": issue(target, "")["id"] }),
            30 => {
                let project = json!({ "id": "p", "name": text(&mut dice), "type": "linear" });
                json!({ "kind": "setActiveProject", "project": if dice.once_in(3) { json!(null) } else { project } })
            }
            31 => {
                let language = dice.pick(&[json!("de"), json!(null), json!("")]);
                json!({ "kind": "setPreferences", "preferences": { "language": language, "responseFormat": "detailed" } })
            }
            32 => json!({ "kind": "rename", "title": dice.pick(&[json!("Talk"), json!(null), json!("t".repeat(1025))]) }),
            33 => json!({ "kind": "patchData", "patch": if dice.once_in(6) { json!([1]) } else { free(&mut dice, 2) } }),
            34 => {
                let (count, span) = (json!({ "maxMessages": 3 + target % 16 }), json!({ "idleMs": 60_000 }));
                let limits = dice.pick(&[count.clone(), json!({ "retainMs": 0 }), json!({ "absoluteMs": null }), count, span]);
                json!({ "kind": "setLimits", "limits": limits })
            }
            35 => self.people(target, &mut dice),
            36 => creation(step),
            _ => self.batch(target, seed),
        }
    }

    fn batch(&mut self, target: u16, seed: u16) -> Value {
        let steps =
            (0..=(seed % 4)).map(|nth| [seed.wrapping_mul(3).wrapping_add(nth * 11) % 36, target.wrapping_add(nth), seed / 4 + nth]);
        let commands: Vec<Value> = steps.map(|step| self.command(step)).collect();
        json!({ "kind": "batch", "commands": commands })
    }

    /// Who it belongs to, and its end: seldom, because little happens after it.
    fn people(&self, target: u16, dice: &mut Dice) -> Value {
        match target % 8 {
            0 if self.role == Role::Operator => json!({ "kind": "signIn", "userId": dice.pick(&["ada", "", "ada"]) }),
            0 | 1 => json!({ "kind": "signOut" }),
            2 if dice.once_in(3) => json!({ "kind": "end", "reason": dice.pick(&["ended", "signedOut", "evicted"]) }),
            _ => json!({ "kind": "rename", "title": text(dice) }),
        }
    }

    fn message(&mut self, dice: &mut Dice, target: u16, streams: bool) -> Value {
        let kind = match self.role {
            Role::User => MessageType::User,
            Role::Agent => dice.pick(&[MessageType::Assistant, MessageType::Assistant, MessageType::Tool]),
            _ => dice.pick(MessageType::ALL),
        };
        let mut message = json!({ "id": (self.fresh)().to_string(), "type": kind.as_str() });
        if streams {
            message["status"] = json!("streaming");
        }
        if dice.once_in(3) {
            message["parts"] =
                json!([{ "type": "text", "text": text(dice) }, Self::part(dice), { "id": "t", "type": "text", "text": text(dice) }]);
        } else if !streams || dice.once_in(2) {
            message["content"] = json!(text(dice));
        }
        if dice.once_in(3) {
            message["replyTo"] = json!(self.target(target, false).to_string());
        }
        if dice.once_in(4) {
            message["metadata"] = free(dice, 1);
            message["turn"] = json!("turn 1");
        }
        if dice.once_in(24) {
            message[dice.pick(&["id", "content", "status"])] = json!(null);
        }
        message
    }

    fn part(dice: &mut Dice) -> Value {
        let mut part = json!({ "id": dice.pick(&["p", "q", "0", ""]), "type": dice.pick(&["text", "reasoning", "tool-x", "file"]), "x": free(dice, 1) });
        if dice.once_in(2) {
            part["text"] = json!(text(dice));
        }
        part
    }

    /// A message of the session, by preference one that streams; now and then one that nobody knows.
    fn target(&mut self, target: u16, streams: bool) -> Id {
        let all: Vec<Id> = self.view.messages.iter().map(|message| message.id()).collect();
        let open = self.view.messages.iter().filter(|message| message.status() == Status::Streaming).map(|message| message.id());
        let open: Vec<Id> = open.collect();
        let among = if streams && !open.is_empty() && target % 8 != 7 { &open } else { &all };
        match among.len() {
            0 => (self.fresh)(),
            _ if target % 23 == 22 => (self.fresh)(),
            // The newest more than others, because they are what people speak of.
            len => among[len - 1 - if target % 4 == 3 { usize::from(target / 4) } else { usize::from(target % 4) } % len],
        }
    }

    /// What is done to a stream.
    fn stream(&mut self, kind: u16, target: u16, dice: &mut Dice) -> Value {
        let id = self.target(target, true);
        let draft: Option<Draft> = self.view.message(id).map(|message| message.to_draft());
        let part: Option<&str> = dice.pick(&[None, None, None, Some("p"), Some("0"), Some("new"), Some("")]);
        let known = draft.as_ref().and_then(|draft| draft.part(part)).and_then(|part: &Part| part.text.as_deref()).unwrap_or_default();
        let mut command = match kind {
            10..=12 => json!({ "kind": "appendDelta", "offset": known.len(), "text": text(dice) }),
            13 | 14 => {
                let offset = (known.len() + 1).saturating_sub(dice.next(5));
                let repeated = known.get(offset..).filter(|_| !dice.once_in(4)).unwrap_or_default();
                json!({ "kind": "appendDelta", "offset": offset, "text": format!("{repeated}{}", text(dice)) })
            }
            15 => json!({ "kind": "setPart", "part": Self::part(dice) }),
            16 => json!({ "kind": "reviseMessage", "from": known.len().saturating_sub(dice.next(6)), "text": text(dice) }),
            17 => json!({ "kind": "completeMessage", "metadata": if dice.once_in(2) { free(dice, 1) } else { json!(null) } }),
            18 => json!({ "kind": "failMessage", "error": { "code": "c", "message": text(dice) } }),
            19 => json!({ "kind": "takeOver" }),
            20 => json!({ "kind": "stopMessage" }),
            _ => {
                json!({ "kind": "interruptMessage", "heardOffset": dice.next(9), "playedMs": if dice.once_in(2) { json!(120) } else { json!(null) } })
            }
        };
        command["message"] = json!(id.to_string());
        if matches!(kind, 10..=14 | 16) && part.is_some() {
            command["part"] = json!(part);
        }
        if matches!(kind, 10..=18) {
            let epoch = self.view.epoch(id).filter(|epoch| *epoch > 1 || dice.once_in(8));
            command["epoch"] = json!(if dice.once_in(16) { Some(2) } else { epoch });
        }
        command
    }

    /// What is done to what was said.
    fn past(&mut self, kind: u16, target: u16, dice: &mut Dice) -> Value {
        let id = self.target(target, false).to_string();
        match if dice.once_in(2) { 22 } else { kind } {
            22 | 23 => {
                json!({ "kind": "patchMetadata", "message": id, "metadata": if dice.once_in(6) { json!("x") } else { free(dice, 1) } })
            }
            24 => json!({ "kind": "removeMessage", "message": id }),
            25 => json!({ "kind": "editMessage", "message": id, "replacement": self.message(dice, target, false) }),
            26 => json!({ "kind": "rewind", "through": if dice.once_in(6) { json!(null) } else { json!(id) } }),
            _ => json!({ "kind": "compact", "through": id, "summary": text(dice) }),
        }
    }
}

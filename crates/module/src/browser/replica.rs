//! A session as a page holds it: what its host confirmed, and what the page has done since.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, JsonError, Object, Reader, write_list};
use colloq_core::{
    Chain, Code, CommandId, Head, Id, Received, Rejection, Replica, Request, Session, Settled, SnapshotError, Stamp, Submitted,
    UNACKNOWLEDGED_MAX, Upstream,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::changes::Shown;
use super::value;
use crate::note::Note;

/// The largest frame that is sent; hosts take 64 KiB.
const FRAME_BYTES_MAX: usize = 60_000;

/// See the module's documentation.
#[wasm_bindgen(js_name = Replica)]
pub struct BrowserReplica {
    replica: Replica<Note>,
    client: Id,
    /// How many pending commands, from the front, were sent over the present link.
    sent: usize,
    shown: Shown,
}

/// A host's frame about a session. States and entries are kept as the text that they are: they are digested and hashed as they stand.
#[derive(Default)]
struct Frame<'a> {
    kind: Cow<'a, str>,
    state: Option<&'a str>,
    chain: Option<Chain>,
    from: Option<Head>,
    entries: Vec<&'a str>,
    id: Option<CommandId>,
    code: Option<Code>,
    message: Option<String>,
}

impl<'a> Frame<'a> {
    fn read(text: &'a str) -> Result<Self, JsonError> {
        let mut frame = Self::default();
        let mut reader = Reader::new(text);
        reader.object(&mut |reader, key| {
            match key {
                "kind" => frame.kind = reader.text()?,
                "state" => frame.state = Some(reader.skip()?),
                "chain" => frame.chain = Option::read(reader)?,
                "from" => frame.from = Option::read(reader)?,
                "entries" => frame.entries = reader.items()?,
                "id" => frame.id = Option::read(reader)?,
                "code" => frame.code = Option::read(reader)?,
                "message" => frame.message = Option::read(reader)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(frame)
    }
}

/// What a frame brought about.
#[derive(Default)]
struct Outcome {
    settled: Vec<Acknowledged>,
    resubscribe: bool,
    outdated: bool,
}

impl Outcome {
    fn to_js(&self) -> JsValue {
        let mut out = String::new();
        let mut object = Object::open(&mut out);
        write_list(&self.settled, object.key("settled"), |settled, out| {
            let mut object = Object::open(out);
            object.field("seq", &settled.seq).field("version", &settled.version);
            object.field("code", &settled.code).field("message", &settled.message);
            object.close();
        });
        self.resubscribe.write(object.key("resubscribe"));
        self.outdated.write(object.key("outdated"));
        object.close();
        value::parse(&out)
    }
}

/// A command of this page that was settled.
struct Acknowledged {
    seq: u64,
    version: u64,
    code: Option<Code>,
    message: Option<String>,
}

#[wasm_bindgen(js_class = Replica)]
impl BrowserReplica {
    /// A session of which nothing is known yet. `client` is the page load's id.
    #[wasm_bindgen(constructor)]
    pub fn new(client: &str, session: &str) -> Result<BrowserReplica, JsValue> {
        let replica = Replica::new(Upstream::Host, Session::vacant("default", value::id(session)?));
        Ok(Self { replica, client: value::id(client)?, sent: 0, shown: Shown::default() })
    }

    /// Decides commands on the view and queues them. Returns the seqs that they were given; throws `{code, message}`.
    pub fn submit(&mut self, actor: &JsValue, now: f64, commands: Vec<JsValue>) -> Result<Vec<f64>, JsValue> {
        let stamp = Stamp::new(now as u64, value::actor(actor)?);
        let commands: Vec<Request> = commands.iter().map(value::command).collect::<Result<_, _>>()?;
        let mut seqs: Vec<u64> = Vec::new();
        for command in commands {
            let Request { command, .. } = command;
            let id = CommandId(self.client, self.replica.next_seq(self.client));
            let base = self.replica.confirmed().head.version;
            let thrown = match self.replica.submit(Request { id: Some(id), once: None, command }, base, stamp.clone(), Note::default()) {
                Ok(Submitted::Pending(..)) => {
                    seqs.push(id.1);
                    continue;
                }
                Ok(Submitted::Duplicate(_) | Submitted::Recorded(_)) => value::malformed("the seq was used before"),
                Err(rejection) => value::thrown(&rejection),
            };
            // All or none: those before it are taken back, the last first, so that no seq moves.
            for seq in seqs.into_iter().rev() {
                self.replica.handle_refused(CommandId(self.client, seq));
            }
            return Err(thrown);
        }
        Ok(seqs.into_iter().map(|seq| seq as f64).collect())
    }

    /// The next `submit` frame, or undefined while there is nothing to send.
    pub fn outgoing(&mut self) -> Option<String> {
        let confirmed = self.replica.confirmed();
        let mut frame = String::new();
        let mut object = Object::open(&mut frame);
        object.text("kind", "submit").field("session", &confirmed.id).field("base", &confirmed.head.version);
        object.key("commands").push('[');
        let mut count = 0;
        for pending in self.replica.pending().iter().skip(self.sent) {
            let Some(id) = pending.request.id else { break };
            let json = pending.request.command.to_json();
            let room = frame.len() + json.len() + 80 <= FRAME_BYTES_MAX || count == 0;
            if !room || (self.sent + count) as u64 >= UNACKNOWLEDGED_MAX {
                break;
            }
            frame.push_str(if count == 0 { "" } else { "," });
            frame.push_str("{\"id\":");
            id.write(&mut frame);
            frame.push(',');
            frame.push_str(json.strip_prefix('{').unwrap_or_default());
            count += 1;
        }
        self.sent += count;
        frame.push_str("]}");
        (count > 0).then_some(frame)
    }

    /// The link was lost: everything that is not acknowledged will be sent again.
    pub fn unsend(&mut self) {
        self.sent = 0;
    }

    /// Takes a host's frame about this session.
    pub fn receive(&mut self, frame: &str) -> JsValue {
        let before = self.replica.pending().len();
        let outcome = match Frame::read(frame) {
            Ok(frame) => self.handle(&frame),
            Err(_) => Outcome { resubscribe: true, ..Outcome::default() },
        };
        // Those that left were sent before those that stay.
        self.sent = self.sent.saturating_sub(before - self.replica.pending().len());
        outcome.to_js()
    }

    /// The confirmed head, `[version, chain]`, to subscribe from; undefined before the first snapshot.
    pub fn since(&self) -> JsValue {
        let confirmed = self.replica.confirmed();
        if confirmed.exists() { value::parse(&confirmed.head.to_json()) } else { JsValue::UNDEFINED }
    }

    /// How many commands are not settled.
    #[wasm_bindgen(getter)]
    pub fn pending(&self) -> usize {
        self.replica.pending().len()
    }

    /// What changed in the view since the last call; undefined where nothing did.
    pub fn changes(&mut self) -> JsValue {
        if !self.replica.view().exists() {
            return JsValue::UNDEFINED;
        }
        let view = self.replica.view().clone();
        self.shown.changes(&view, self.replica.confirmed())
    }
}

impl BrowserReplica {
    fn handle(&mut self, frame: &Frame<'_>) -> Outcome {
        let again = || Outcome { resubscribe: true, ..Outcome::default() };
        match (&*frame.kind, frame.state, frame.chain, frame.from, frame.id) {
            ("snapshot", Some(state), Some(chain), _, _) => match Session::from_snapshot(state, chain) {
                Ok(session) => Outcome { settled: acknowledged(self.client, self.replica.reset(session)), ..Outcome::default() },
                Err(SnapshotError::Outdated(_)) => Outcome { outdated: true, ..Outcome::default() },
                Err(_) => again(),
            },
            ("entries", _, _, Some(from), _) => match self.replica.handle_entries(from, &frame.entries) {
                Ok(settled) => Outcome { settled: acknowledged(self.client, settled), ..Outcome::default() },
                Err(Received::Outdated(_)) => Outcome { outdated: true, ..Outcome::default() },
                Err(_) => again(),
            },
            ("rejected", _, _, _, Some(id)) if id.0 == self.client => self.handle_rejected(id, frame),
            _ => Outcome::default(),
        }
    }

    /// A rejection on record takes the command out. One without a trace either asks for another try or closes the gap that it leaves.
    fn handle_rejected(&mut self, id: CommandId, frame: &Frame<'_>) -> Outcome {
        let code = frame.code.unwrap_or(Code::Malformed);
        if matches!(code, Code::SeqGap) || (code.consumes_nothing() && code.retryable()) {
            return Outcome { resubscribe: true, ..Outcome::default() };
        }
        let taken = if code.consumes_nothing() { self.replica.handle_refused(id) } else { self.replica.handle_rejected(id) };
        let message = frame.message.clone().or_else(|| Some(code.title().into()));
        let settled = taken.map(|_| Acknowledged { seq: id.1, version: 0, code: Some(code), message });
        Outcome { settled: settled.into_iter().collect(), resubscribe: code.consumes_nothing(), outdated: false }
    }
}

fn acknowledged(client: Id, settled: Vec<Settled<Note>>) -> Vec<Acknowledged> {
    let own = settled.into_iter().filter_map(|settled| settled.id.filter(|id| id.0 == client).map(|id| (id, settled)));
    own.map(|(id, settled)| {
        let rejection = settled.rejected.map(Rejection::from);
        Acknowledged {
            seq: id.1,
            version: settled.version,
            code: settled.rejected,
            message: rejection.map(|rejection| rejection.message.into_owned()),
        }
    })
    .collect()
}

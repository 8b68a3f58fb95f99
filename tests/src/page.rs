//! A page: a replica in front of a world, as a browser or an agent holds it. Its upstream is a host; what the host says is the truth.
//!
//! The page carries texts between the two and adds nothing.

use colloq_abi::Op;
use colloq_core::{Chain, CommandId, Head, Id, Rejection, Replica, Request, Session, Settled, Stamp, Submitted, Upstream};
use serde_json::{Value, json};

use crate::world::{ADA, APP, Who, World, command, frame};

/// Somebody's page.
pub struct Page {
    /// Whose it is.
    who: Who,
    /// What it knows and what it has yet to hear of.
    pub replica: Replica<()>,
    /// Its client id.
    pub client: Id,
    session: Id,
    /// The commands that are pending, as they are sent.
    sent: Vec<Value>,
}

impl Page {
    /// Ada's page, which knows nothing of the session yet.
    pub fn new(world: &World, session: Id) -> Self {
        Self::of(ADA, world, session)
    }

    /// Somebody's page that knows nothing of the session yet.
    pub fn of(who: Who, world: &World, session: Id) -> Self {
        let replica = Replica::new(Upstream::Host, Session::vacant(APP, session));
        Self { who, replica, client: world.new_id(), session, sent: Vec::new() }
    }

    /// Ada's page, which has subscribed.
    pub fn open(world: &mut World, session: Id) -> Self {
        Self::opened_by(ADA, world, session)
    }

    /// Somebody's page that has subscribed.
    pub fn opened_by(who: Who, world: &mut World, session: Id) -> Self {
        let mut page = Self::of(who, world, session);
        page.reset(world);
        page
    }

    /// The page was given another token.
    pub fn become_who(&mut self, who: Who) {
        self.who = who;
    }

    /// Does something at once, and keeps it to be sent. The page's clock is a little behind the host's.
    ///
    /// # Errors
    /// Why the page itself says no.
    pub fn act(&mut self, world: &World, what: Value) -> Result<Submitted, Rejection> {
        let seq = self.replica.next_seq(self.client);
        let mut request = Request::from_json(&what.to_string())?;
        request.id = Some(CommandId(self.client, seq));
        let stamp = Stamp::new(world.now.saturating_sub(5), self.who.actor());
        let submitted = self.replica.submit(request, self.replica.confirmed().head.version, stamp, ())?;
        self.sent.push(what);
        Ok(submitted)
    }

    /// Says something; gives the message's id.
    #[track_caller]
    pub fn say(&mut self, world: &World, content: &str) -> Id {
        let id = world.new_id();
        let message = json!({ "id": id.to_string(), "type": "user", "content": content });
        self.act(world, json!({ "kind": "appendMessage", "message": message })).expect("the page takes it");
        id
    }

    /// Sends everything that is pending; gives the frames that came back.
    pub fn send(&mut self, world: &mut World) -> Vec<Value> {
        let first = self.replica.pending().front().and_then(|pending| pending.request.id).map_or(1, |id| id.1);
        let commands: Vec<Value> = (first..).zip(&self.sent).map(|(seq, what)| command(self.client, seq, what.clone())).collect();
        let base = self.replica.confirmed().head.version;
        let ticket = world.send(self.who, self.session, Op::Submit, frame(self.session, base, &commands));
        world.frames(ticket)
    }

    /// Takes what the log has beyond what the page knows.
    #[track_caller]
    pub fn receive(&mut self, world: &World) -> Vec<Settled<()>> {
        let from = self.replica.confirmed().head;
        let log = world.log(self.session);
        let entries: Vec<&str> = (from.version as usize + 1..=log.entries.len()).map(|version| log.text(version)).collect();
        let settled = self.replica.handle_entries(from, &entries).expect("the entries continue what the page knows");
        assert_eq!(self.replica.confirmed().head, core_head(log.head()));
        self.sent.drain(..settled.len());
        settled
    }

    /// Takes the whole state anew.
    #[track_caller]
    pub fn reset(&mut self, world: &mut World) -> Vec<Settled<()>> {
        let answer = world.post(self.who, self.session, Op::Subscribe { since: None }, "");
        let settled = self.replica.reset(state_of(&answer.is(200), &answer.body));
        self.sent.drain(..settled.len());
        settled
    }

    /// The host refused a command without a trace.
    #[track_caller]
    pub fn refused(&mut self, seq: u64) {
        let at = self.replica.pending().iter().position(|pending| pending.request.id.is_some_and(|id| id.1 == seq));
        self.sent.remove(at.expect("the command is pending"));
        self.replica.handle_refused(CommandId(self.client, seq)).expect("the command is pending");
    }

    /// The contents of the messages that the page shows.
    pub fn contents(&mut self) -> Vec<String> {
        self.replica.view().messages.iter().map(|message| message.to_draft().content().into_owned()).collect()
    }
}

/// The state in a `snapshot` frame.
#[track_caller]
pub fn state_of(frame: &Value, text: &[u8]) -> Session {
    let chain: Chain = frame["chain"].as_str().and_then(Chain::from_text).expect("a snapshot frame has a chain");
    // The state is digested as it was written, so it is cut out of the frame and not written anew.
    let text = std::str::from_utf8(text).expect("a frame is text");
    let at = text.find("\"state\":").expect("a snapshot frame has a state") + "\"state\":".len();
    Session::from_snapshot(&text[at..text.len() - 1], chain).expect("the state is whole")
}

fn core_head(head: colloq_abi::Head) -> Head {
    Head { version: head.version, chain: Chain(head.chain) }
}

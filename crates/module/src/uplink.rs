//! A page's way to its host for one session: what was done and is not settled, the subscription, and what the host says to both.
//!
//! Texts and times come in, texts and events go out: no I/O, no clock, no randomness, so that a simulation runs this code as it is. It
//! drops no command before the host has settled it, and never gives a command's id to another one that the host might take for it.

mod changes;
mod frame;
mod queue;
mod state;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::Object;
use colloq_core::{
    Actor, Code, CommandId, Head, Id, Pending, Received, Rejection, Replica, Request, Session, Settled, SnapshotError, Stamp, Submitted,
    Upstream,
};

use crate::note::Note;
pub(crate) use changes::Shown;
use frame::HostFrame;
use state::{State, Then};

/// What an uplink tells its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A command was settled: by an entry of this version, or with a rejection.
    Settled {
        /// The number that the page gave the command.
        number: u32,
        /// The version of its entry; 0 where it left none that is known.
        version: u64,
        /// Why it was rejected, where it was.
        code: Option<Code>,
        /// The same for people.
        message: Option<String>,
    },
    /// The session cannot be had: nothing more comes, and what is pending stays so.
    Closed {
        /// Why.
        code: Code,
        /// The same for people.
        message: String,
    },
    /// The host writes a later schema: this file is too old for it.
    Outdated,
    /// Ids have moved, and what is still on its way speaks of those of before: the link has to be made anew.
    Relink,
}

/// See the module's documentation.
pub struct Uplink {
    replica: Replica<Note>,
    client: Id,
    actor: Actor,
    state: State,
    /// How many pending commands, from the front, were sent over the present link.
    sent: usize,
    /// A frame that goes out before commands do.
    control: Option<String>,
    /// The host forgot this client: the ids begin anew with the next catch-up.
    is_forgotten: bool,
    /// The head at which the state was found to differ from the host's.
    diverged: Option<Head>,
    /// Tries in a row that brought nothing.
    failures: u32,
    events: VecDeque<Event>,
    shown: Shown,
}

impl Uplink {
    /// A session of which nothing is known yet. `client` is the page load's id.
    pub fn new(client: Id, session: Id, actor: Actor) -> Self {
        Self {
            replica: Replica::new(Upstream::Host, Session::vacant("default", session)),
            client,
            actor,
            state: State::Away,
            sent: 0,
            control: None,
            is_forgotten: false,
            diverged: None,
            failures: 0,
            events: VecDeque::new(),
            shown: Shown::default(),
        }
    }

    /// The same as the `nth` session that the page opens, one that it had open before among them: each time under an id of its own.
    #[must_use]
    pub fn opened(mut self, nth: u16) -> Self {
        self.client = queue::opening(self.client, nth);
        self
    }

    /// The state with what is pending on top.
    pub fn view(&mut self) -> &Session {
        self.replica.view()
    }

    /// The state that the host confirmed.
    pub fn confirmed(&self) -> &Session {
        self.replica.confirmed()
    }

    /// How many commands are not settled.
    pub fn pending(&self) -> usize {
        self.replica.pending().len()
    }

    /// Whether a command that creates the session is not settled.
    pub fn is_creating(&self) -> bool {
        self.replica.pending().iter().any(|pending| pending.request.command.begins())
    }

    /// Whether what the host does arrives here as it happens.
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Live)
    }

    /// The next thing that the page has to know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`poll_frame`](Self::poll_frame) is to be called again, if nothing happens before.
    pub fn wake_at(&self) -> Option<u64> {
        match self.state {
            State::Waiting { until, .. } | State::Creating { until: Some(until) } => Some(until),
            _ => None,
        }
    }

    /// What changed in the view since the last call, as JSON; `None` where nothing did.
    pub fn poll_changes(&mut self) -> Option<String> {
        let view = self.replica.view();
        if !view.exists() {
            return None;
        }
        // A view is a few words and shares its messages.
        let view = view.clone();
        self.shown.changes(&view, self.replica.confirmed())
    }

    /// Decides a command on the view and queues it under the page's number.
    ///
    /// # Errors
    /// Why it was refused; nothing is queued then.
    pub fn submit(&mut self, number: u32, now: u64, command: &str) -> Result<(), Rejection> {
        let Request { command, .. } = Request::from_json(command)?;
        let id = CommandId(self.client, self.replica.next_seq(self.client));
        let base = self.replica.confirmed().head.version;
        let stamp = Stamp::new(now, self.actor.clone());
        match self.replica.submit(Request { id: Some(id), once: None, command }, base, stamp, Note::of_page(number))? {
            Submitted::Pending(..) => Ok(()),
            Submitted::Duplicate(_) | Submitted::Recorded(_) => Err(Rejection::new(Code::Malformed, "the seq was used before")),
        }
    }

    /// A link is up, and the host says who we are.
    pub fn handle_welcome(&mut self, actor: Actor) {
        self.replica.restamp(&actor);
        self.actor = actor;
        if !matches!(self.state, State::Outdated | State::Closed) {
            self.begin();
        }
    }

    /// The link is gone: everything that is not settled will be sent again.
    pub fn handle_lost(&mut self) {
        #[cfg(feature = "planted")]
        if colloq_core::planted::is_planted(colloq_core::planted::Planted::NewIds) {
            self.rename_from(1);
        }
        self.sent = 0;
        self.control = None;
        if !matches!(self.state, State::Outdated | State::Closed) {
            self.state = State::Away;
        }
    }

    /// Takes a host's frame about this session. While no link is up a snapshot that was kept is taken, and nothing else.
    pub fn handle_frame(&mut self, text: &str, now: u64) {
        let Ok(frame) = HostFrame::read(text) else { return self.subscribe_afresh(now) };
        match (self.state, &*frame.kind) {
            (State::Outdated | State::Closed, _) => {}
            (_, "snapshot") => self.handle_snapshot(&frame, now),
            (State::Away, _) => {}
            (_, "entries") => self.handle_entries(&frame, now),
            (_, "rejected") => self.handle_rejected(&frame, now),
            (_, "subscribed") => self.handle_subscribed(&frame, now),
            (_, "error") => self.handle_error(&frame, now),
            _ => {}
        }
        // A session that was just created is followed from its first entries on.
        if matches!(self.state, State::Creating { .. }) && !self.is_creating() {
            self.subscribe();
        }
    }

    /// The next frame to send, if there is one now.
    pub fn poll_frame(&mut self, now: u64) -> Option<String> {
        if let State::Waiting { until, then } = self.state
            && state::is_over(until, now)
        {
            match then {
                Then::Begin => self.begin(),
                Then::Onwards => self.subscribe(),
                Then::Afresh => self.subscribe_from(None),
            }
        }
        if let State::Creating { until } = &mut self.state
            && state::is_over(*until.get_or_insert(now + state::ANSWER_MAX_MS), now)
        {
            // Where another try is still on its way to the store, whoever follows the session is told of it, and not this link.
            self.subscribe();
        }
        if let Some(frame) = self.control.take() {
            return Some(frame);
        }
        if matches!(self.state, State::Live | State::Creating { .. }) { self.next_submit() } else { None }
    }

    fn handle_snapshot(&mut self, frame: &HostFrame<'_>, now: u64) {
        let (Some(state), Some(chain)) = (frame.state, frame.chain) else { return self.subscribe_afresh(now) };
        match Session::from_snapshot(state, chain) {
            // A host that lags behind the one before is asked again, not believed.
            Ok(session) if !frame.reset && session.head.version < self.replica.confirmed().head.version => self.astray(now),
            Ok(session) => {
                // A page that comes back to a session has used seqs of it before; what it did meanwhile goes on from there.
                if !self.replica.confirmed().exists() && self.has_sent_nothing() {
                    self.replica.renumber_after(self.client, session.last_seq(self.client), session.head.version);
                }
                let known: Vec<_> = self.clients().into_iter().map(|client| (client, self.replica.confirmed().last_seq(client))).collect();
                let settled = self.replica.reset(session);
                self.diverged = None;
                self.settle(settled);
                for (client, last) in known {
                    self.check_history(client, last, frame);
                }
            }
            Err(SnapshotError::Outdated(_)) => self.outdated(),
            Err(_) => self.astray(now),
        }
    }

    /// Whether none of the pending commands of this page was sent.
    fn has_sent_nothing(&self) -> bool {
        let is_own = |id: CommandId| id.0 == self.client;
        let own = |pending: &&Pending<Note>| pending.request.id.is_some_and(is_own);
        self.replica.pending().iter().filter(own).all(|pending| pending.note.times_sent() == 0)
    }

    /// The clients whose commands this page sends: its own, and those that it took over.
    fn clients(&self) -> Vec<Id> {
        let mut clients = alloc::vec![self.client];
        for CommandId(client, _) in self.replica.pending().iter().filter_map(|pending| pending.request.id) {
            if !clients.contains(&client) {
                clients.push(client);
            }
        }
        clients
    }

    /// A history in which commands of a client are missing that were confirmed here: the store lost them, or the host forgot the client.
    /// Some host may still give the store back what it lost.
    fn check_history(&mut self, client: Id, last: u64, frame: &HostFrame<'_>) {
        if self.replica.confirmed().last_seq(client) < last {
            self.give_up(client, frame);
        }
    }

    /// What a client sent and has no answer to may take effect yet, and nobody can say what becomes of it. Its seqs must not be given to
    /// others: the client goes on under another id.
    fn give_up(&mut self, client: Id, frame: &HostFrame<'_>) {
        let is_own = client == self.client;
        let in_doubt =
            |pending: &&Pending<Note>| pending.request.id.is_some_and(|id| id.0 == client) && (!is_own || pending.note.times_sent() > 0);
        while let Some(id) = self.replica.pending().iter().find(in_doubt).and_then(|pending| pending.request.id) {
            let taken = self.replica.handle_refused(id);
            self.tell_rejected(taken.map(|pending| pending.note), Code::ClientForgotten, frame);
        }
        if is_own {
            self.rename_from(1);
        }
        self.sent = 0;
    }

    /// The page goes on under another client id, with its commands from a seq on.
    fn rename_from(&mut self, seq: u64) {
        let client = self.client;
        self.client = queue::next_generation(client);
        self.replica.rename(client, seq, self.client);
    }

    fn handle_entries(&mut self, frame: &HostFrame<'_>, now: u64) {
        let Some(from) = frame.from else { return self.astray(now) };
        match self.replica.handle_entries(from, &frame.entries) {
            Ok(settled) => self.settle(settled),
            Err(Received::Outdated(_)) => self.outdated(),
            Err(why) => {
                if why == Received::Diverged {
                    self.diverged = Some(self.replica.confirmed().head);
                }
                self.astray(now);
            }
        }
    }

    /// A rejection on record takes the command out. One without a trace asks for another try, or takes the command's id back as well:
    /// unless it was sent before, for then an earlier try may still be on its way to the store by another host.
    fn handle_rejected(&mut self, frame: &HostFrame<'_>, now: u64) {
        let Some(id) = frame.id else { return };
        let Some(at) = self.replica.pending().iter().position(|pending| pending.request.id == Some(id)) else { return };
        let code = frame.code.unwrap_or(Code::Malformed);
        if !code.consumes_nothing() {
            let taken = self.replica.handle_rejected(id);
            self.sent = self.sent.saturating_sub(1);
            return self.tell_rejected(taken.map(|pending| pending.note), code, frame);
        }
        if code.retryable() {
            return self.wait(Then::Onwards, now, frame.retry_after_ms);
        }
        if code == Code::ClientForgotten {
            self.is_forgotten |= id.0 == self.client;
            // One that was sent before may have taken effect before the host forgot: that it did not cannot be said any more.
            while let Some(id) = self.next_in_doubt(id.0) {
                let taken = self.replica.handle_refused(id);
                self.tell_rejected(taken.map(|pending| pending.note), code, frame);
            }
        } else if id.0 != self.client || self.replica.pending()[at].note.times_sent() > 1 {
            self.give_up(id.0, frame);
        } else {
            let taken = self.replica.handle_refused(id);
            self.tell_rejected(taken.map(|pending| pending.note), code, frame);
            let behind = self.sent.saturating_sub(at + 1);
            if behind > 0 {
                // What was sent behind it comes to nothing, for want of it: unless its seq were given to another one before that arrives.
                self.replica.notes_mut().skip(at).take(behind).for_each(|note| note.set_times_sent(note.times_sent().saturating_sub(1)));
                self.rename_from(id.1);
            }
        }
        self.handle_lost();
        self.events.push_back(Event::Relink);
    }

    /// The first pending command of a forgotten client that may have taken effect. What another page left was sent who knows how often.
    fn next_in_doubt(&self, client: Id) -> Option<CommandId> {
        let of_client = self.replica.pending().iter().filter(|pending| pending.request.id.is_some_and(|id| id.0 == client));
        let mut in_doubt = of_client.filter(|pending| client != self.client || pending.note.times_sent() > 1);
        in_doubt.next().and_then(|pending| pending.request.id)
    }

    fn handle_subscribed(&mut self, frame: &HostFrame<'_>, now: u64) {
        let State::Subscribing { is_astray } = self.state else { return };
        if is_astray {
            return self.wait(Then::Afresh, now, 0);
        }
        if self.is_forgotten && self.replica.confirmed().last_seq(self.client) == 0 {
            self.replica.renumber(self.client);
            self.replica.notes_mut().for_each(|note| note.set_times_sent(0));
        }
        self.is_forgotten = false;
        self.state = State::Live;
        self.sent = 0;
        // What stood before a client's pending commands was decided once: where it is missing, those would wait for it for ever.
        for client in self.clients() {
            let mut ids = self.replica.pending().iter().filter_map(|pending| pending.request.id);
            let first = ids.find(|id| id.0 == client).map_or(1, |id| id.1);
            self.check_history(client, first - 1, frame);
        }
    }

    fn handle_error(&mut self, frame: &HostFrame<'_>, now: u64) {
        if frame.is_of_presence {
            return;
        }
        let code = frame.code.unwrap_or(Code::Internal);
        match (self.state, code) {
            _ if code.retryable() => self.wait(Then::Begin, now, frame.retry_after_ms),
            (State::Creating { .. }, _) => {}
            (_, Code::SessionNotFound) if self.is_creating() => self.create_first(),
            _ => {
                self.state = State::Closed;
                self.events.push_back(Event::Closed { code, message: frame.message_or(code) });
            }
        }
    }

    fn settle(&mut self, settled: Vec<Settled<Note>>) {
        if !settled.is_empty() {
            self.failures = 0;
        }
        // Those that left were sent before those that stay.
        self.sent = self.sent.saturating_sub(settled.len());
        for settled in settled {
            self.tell(&settled);
        }
    }

    fn tell(&mut self, settled: &Settled<Note>) {
        let message = settled.rejected.map(|code| code.title().into());
        let number = settled.note.number();
        self.events.push_back(Event::Settled { number, version: settled.version, code: settled.rejected, message });
    }

    fn tell_rejected(&mut self, note: Option<Note>, code: Code, frame: &HostFrame<'_>) {
        let message = Some(frame.message_or(code));
        self.events.extend(note.map(|note| Event::Settled { number: note.number(), version: 0, code: Some(code), message }));
    }

    fn outdated(&mut self) {
        self.state = State::Outdated;
        self.events.push_back(Event::Outdated);
    }
}

/// The subscription.
impl Uplink {
    /// What a new link begins with.
    fn begin(&mut self) {
        // A create that was sent before may have arrived, and its answer is then in the catch-up of a subscription alone.
        let is_new = |note: &Note| note.times_sent() == 0;
        if self.replica.pending().iter().any(|pending| pending.request.command.begins() && is_new(&pending.note)) {
            self.create_first();
        } else {
            self.subscribe();
        }
    }

    fn create_first(&mut self) {
        self.state = State::Creating { until: None };
        self.sent = 0;
    }

    /// Asks for what follows the confirmed state.
    fn subscribe(&mut self) {
        let confirmed = self.replica.confirmed();
        self.subscribe_from(confirmed.exists().then_some(confirmed.head));
    }

    fn subscribe_from(&mut self, since: Option<Head>) {
        let since = since.filter(|_| self.diverged.is_none());
        let mut frame = String::new();
        let mut object = Object::open(&mut frame);
        object.text("kind", "subscribe").field("session", &self.replica.confirmed().id).field("since", &since);
        object.field("diverged", &self.diverged);
        object.close();
        self.control = Some(frame);
        self.state = State::Subscribing { is_astray: false };
    }

    /// What the host sends does not fit what is here: all of it is asked for. During a catch-up that waits for its end.
    fn astray(&mut self, now: u64) {
        match &mut self.state {
            State::Subscribing { is_astray } => *is_astray = true,
            State::Live | State::Creating { .. } => self.wait(Then::Afresh, now, 0),
            _ => {}
        }
    }

    fn subscribe_afresh(&mut self, now: u64) {
        if !matches!(self.state, State::Away | State::Outdated | State::Closed) {
            self.astray(now);
        }
    }

    /// Nothing is sent for a while; every failure in a row makes it longer.
    fn wait(&mut self, then: Then, now: u64, least_ms: u64) {
        if matches!(self.state, State::Away | State::Outdated | State::Closed) {
            return;
        }
        let pause = state::pause_ms(self.failures, self.client);
        self.failures += 1;
        self.state = State::Waiting { until: now + least_ms.min(state::LEAST_MAX_MS) + pause, then };
    }
}

#[cfg(test)]
mod tests;

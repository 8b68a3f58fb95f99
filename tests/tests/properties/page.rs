//! A page in a network that may lose anything: it keeps what its host confirmed and what it did since, and counts what it was told.

use std::collections::VecDeque;

use colloq_core::json::Json;
use colloq_core::{Actor, Chain, Code, CommandId, Head, Id, Received, Replica, Request, Session, Settled, Stamp, Submitted, Upstream};
use colloq_tests::properties::{APP, actor};

/// What a page sends.
#[derive(Clone, Debug)]
pub(crate) enum Up {
    /// What follows a head, or everything.
    Subscribe(Option<Head>),
    /// Commands as texts, of a client that started from a version.
    Submit { base: u64, commands: Vec<String> },
}

/// What a page is sent.
#[derive(Clone, Debug)]
pub(crate) enum Down {
    Entries {
        from: Head,
        texts: Vec<String>,
    },
    Snapshot {
        text: String,
        chain: Chain,
    },
    Rejected {
        id: CommandId,
        code: Code,
    },
    /// What follows was sent after the page subscribed.
    Subscribed,
}

impl Up {
    /// Whether it may overtake others: all but what tells what was sent before from what was sent after.
    pub(crate) fn may_move(&self) -> bool {
        matches!(self, Self::Submit { .. })
    }
}

impl Down {
    /// The same, of what a host sends.
    pub(crate) fn may_move(&self) -> bool {
        !matches!(self, Self::Subscribed)
    }
}

/// The frames on their way between a page and a host.
#[derive(Default)]
pub(crate) struct Link {
    pub(crate) host: usize,
    pub(crate) up: VecDeque<Up>,
    pub(crate) down: VecDeque<Down>,
    /// The host sends what it confirms.
    pub(crate) is_subscribed: bool,
    /// How many answers to a subscription are still to come. Until then the page sends nothing: what it hears may speak of seqs that
    /// it has moved since.
    waits: u32,
}

/// What a page was told of something that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// An entry, or a snapshot that knows of it, settled it.
    Settled(Option<Code>),
    /// It is rejected, and that is on record.
    Rejected(Code),
    /// It left no trace.
    Refused(Code),
}

/// See the module's documentation.
pub(crate) struct Page {
    pub(crate) actor: Actor,
    pub(crate) who: usize,
    /// Its client id.
    pub(crate) client: Id,
    pub(crate) replica: Replica<usize>,
    pub(crate) link: Option<Link>,
    /// How many pending commands, from the front, were sent over the present link.
    sent: usize,
    /// What it was told of each thing that it did.
    pub(crate) told: Vec<Option<Told>>,
}

impl Page {
    pub(crate) fn new(who: usize, client: Id, session: Id) -> Self {
        let replica = Replica::new(Upstream::Host, Session::vacant(APP, session));
        Self { actor: actor(who), who, client, replica, link: None, sent: 0, told: Vec::new() }
    }

    /// Opens a link to a host and subscribes from what it knows.
    pub(crate) fn open(&mut self, host: usize) {
        self.sent = 0;
        self.link = Some(Link { host, ..Link::default() });
        self.subscribe();
    }

    fn subscribe(&mut self) {
        let confirmed = self.replica.confirmed();
        let since = confirmed.exists().then_some(confirmed.head);
        self.sent = 0;
        let Some(link) = &mut self.link else { return };
        link.up.push_back(Up::Subscribe(since));
        link.waits += 1;
    }

    /// Does something at once.
    pub(crate) fn act(&mut self, command: &str, now: u64) {
        let Ok(mut request) = Request::from_json(command) else { return };
        request.id = Some(CommandId(self.client, self.replica.next_seq(self.client)));
        let base = self.replica.confirmed().head.version;
        match self.replica.submit(request, base, Stamp::new(now, self.actor.clone()), self.told.len()) {
            Ok(Submitted::Pending(..)) => self.told.push(None),
            Ok(other) => panic!("a new command is new: {other:?}"),
            // What a page says no to is for its user, never about the seqs that the page itself gives.
            Err(rejection) => assert!(!matches!(rejection.code, Code::SeqGap | Code::ClientForgotten), "{rejection:?}"),
        }
    }

    /// Sends what is pending and was not sent.
    pub(crate) fn send(&mut self) {
        let Some(link) = self.link.as_mut().filter(|link| link.waits == 0) else { return };
        let fresh = self.replica.pending().iter().skip(self.sent).take(64_usize.saturating_sub(self.sent));
        let commands: Vec<String> = fresh.map(|pending| with_id(&pending.request)).collect();
        if commands.is_empty() {
            return;
        }
        self.sent += commands.len();
        // Where the page stood when it did the first of what is not settled: later than all that was settled before.
        let base = self.replica.pending().front().map_or(0, |first| first.base);
        link.up.push_back(Up::Submit { base, commands });
    }

    /// Takes a frame.
    pub(crate) fn receive(&mut self, frame: Down) {
        let before = self.replica.pending().len();
        match frame {
            Down::Snapshot { text, chain } => {
                let state = Session::from_snapshot(&text, chain).expect("a host's snapshot reads");
                let settled = self.replica.reset(state);
                self.settle(settled);
            }
            Down::Entries { from, texts } => {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                match self.replica.handle_entries(from, &texts) {
                    Ok(settled) => self.settle(settled),
                    Err(Received::Gap) => self.subscribe(),
                    Err(why) => panic!("entries that a host sends are taken, or do not follow: {why:?}"),
                }
            }
            Down::Rejected { id, code } => self.handle_rejected(id, code),
            Down::Subscribed => self.link.iter_mut().for_each(|link| link.waits = link.waits.saturating_sub(1)),
        }
        self.sent = self.sent.saturating_sub(before - self.replica.pending().len());
    }

    /// As a browser does: a rejection on record takes the command out, one without a trace asks for another try or closes the gap.
    fn handle_rejected(&mut self, id: CommandId, code: Code) {
        if matches!(code, Code::SeqGap) || (code.consumes_nothing() && code.retryable()) {
            return self.subscribe();
        }
        if code == Code::ClientForgotten {
            return self.forgotten();
        }
        if code.consumes_nothing() {
            if let Some(refused) = self.replica.handle_refused(id) {
                self.tell(refused.note, Told::Refused(code));
            }
            return self.subscribe();
        }
        if let Some(rejected) = self.replica.handle_rejected(id) {
            self.tell(rejected.note, Told::Rejected(code));
        }
    }

    /// The session no longer knows this client: what became of what it sent is not known, so nothing of it is sent again under another
    /// seq. The client begins anew, from where the page is then.
    fn forgotten(&mut self) {
        let pending: Vec<CommandId> = self.replica.pending().iter().filter_map(|pending| pending.request.id).collect();
        // The newest first, so that no seq moves.
        for refused in pending.into_iter().rev().filter_map(|id| self.replica.handle_refused(id)).collect::<Vec<_>>() {
            self.tell(refused.note, Told::Refused(Code::ClientForgotten));
        }
        self.subscribe();
    }

    fn settle(&mut self, settled: Vec<Settled<usize>>) {
        for settled in settled {
            self.tell(settled.note, Told::Settled(settled.rejected));
        }
    }

    fn tell(&mut self, note: usize, told: Told) {
        assert_eq!(self.told[note], None, "whoever waits is told once");
        self.told[note] = Some(told);
    }
}

/// A command as it is sent: its id in front.
fn with_id(request: &Request) -> String {
    let id = request.id.expect("what is sent has an id").to_json();
    format!("{{\"id\":{id},{}", &request.command.to_json()[1..])
}

//! Asking: calls of people, what the module answers, and everything that the host then does, until nothing is left that is ready.

use std::collections::VecDeque;

use colloq_abi::{Actor, Append, Call, Op, Reply, ReplyKind, Request, Response};
use colloq_core::Id;

use super::{APP, Answer, Ticket, Who, World, encode};

/// A call as it was asked, to ask it again.
pub(super) struct Asked {
    session: Id,
    request: Vec<u8>,
    /// The same, where the store knows nothing of the session.
    absent: Vec<u8>,
    /// It is about a session that the module has at hand, and looks at the store's again.
    at_hand: bool,
    times: u32,
}

/// The headers of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// Only at this version (`If-Match`), or only at another (`If-None-Match` of a read).
    pub condition: Option<u64>,
    /// The `Idempotency-Key`.
    pub key: Option<&'a str>,
}

impl World {
    /// Asks something; the answer may have to wait.
    pub fn send(&mut self, who: Who, session: Id, op: Op<'_>, body: impl ToString) -> Ticket {
        self.send_with(who, session, Terms::default(), op, body)
    }

    /// Asks something under a condition on the version.
    pub fn send_if(&mut self, who: Who, session: Id, condition: Option<u64>, op: Op<'_>, body: impl ToString) -> Ticket {
        self.send_with(who, session, Terms { condition, key: None }, op, body)
    }

    /// Asks something with an `Idempotency-Key`.
    pub fn send_once(&mut self, who: Who, session: Id, key: &str, op: Op<'_>, body: impl ToString) -> Ticket {
        self.send_with(who, session, Terms { condition: None, key: Some(key) }, op, body)
    }

    /// Asks something on terms.
    pub fn send_with(&mut self, who: Who, session: Id, terms: Terms<'_>, op: Op<'_>, body: impl ToString) -> Ticket {
        let entropy = self.entropy();
        let (ticket, body) = (Ticket(self.counter.get()), body.to_string());
        let call = |absent| {
            let actor = Actor { role: who.role, id: who.id, name: None, anonymous: who.anonymous, generation: who.generation };
            let (session, body) = (*session.as_bytes(), body.as_bytes());
            let Terms { condition, key } = terms;
            encode(&Request::Call(Call {
                ticket: ticket.0,
                now: self.now,
                app: APP,
                session,
                actor,
                entropy,
                absent,
                condition,
                key,
                op,
                body,
            }))
        };
        let (request, absent) = (call(false), call(true));
        self.asked.insert(ticket, Asked { session, request: request.clone(), absent, at_hand: false, times: 0 });
        self.run(request);
        ticket
    }

    /// The answers that a call has had since they were last taken. A frame may have several.
    pub fn take(&mut self, ticket: Ticket) -> Vec<Answer> {
        self.answers.remove(&ticket).unwrap_or_default()
    }

    /// The one answer of a call that may have had to wait.
    #[track_caller]
    pub fn answer(&mut self, ticket: Ticket) -> Answer {
        let mut answers = self.take(ticket);
        assert_eq!(answers.len(), 1, "the call has one answer: {answers:?}");
        answers.remove(0)
    }

    /// Asks something and takes the answer.
    #[track_caller]
    pub fn post(&mut self, who: Who, session: Id, op: Op<'_>, body: impl ToString) -> Answer {
        let ticket = self.send(who, session, op, body);
        self.answer(ticket)
    }

    /// Asks something with an `Idempotency-Key` and takes the answer.
    #[track_caller]
    pub fn post_once(&mut self, who: Who, session: Id, key: &str, op: Op<'_>, body: impl ToString) -> Answer {
        let ticket = self.send_once(who, session, key, op, body);
        self.answer(ticket)
    }

    /// Sends the module something that nobody waits for.
    pub fn ask(&mut self, request: &Request<'_>) {
        self.run(encode(request));
    }

    /// Sends the module what the host itself wants to know of a session.
    pub(super) fn ask_of(&mut self, session: Id, at_hand: bool, request: &Request<'_>) {
        let request = encode(request);
        self.asked.insert(Ticket::NOBODY, Asked { session, request: request.clone(), absent: request.clone(), at_hand, times: 0 });
        self.run(request);
    }

    /// Sends a request, carries out what comes of it, and goes on until nothing is left that is ready.
    pub(super) fn run(&mut self, request: Vec<u8>) {
        let mut requests = VecDeque::from([request]);
        while let Some(request) = requests.pop_front() {
            let bytes = self.engine.call(&request);
            let response: Response<'_> = colloq_abi::decode(&bytes).expect("an engine answers with a response");
            self.record(request, &response, &bytes);
            self.wake_at = response.wake_at;
            if let Some(why) = response.damaged {
                // Whoever asked is not answered: asking again would only load the same.
                self.damaged.push(why.into());
                requests.clear();
            }
            for reply in &response.replies {
                let (ticket, session) = self.asker(reply.ticket);
                match reply.kind {
                    ReplyKind::Answer => self.deliver(session, reply),
                    ReplyKind::Load => requests.extend(self.load(ticket)),
                    ReplyKind::Again => self.again.push(ticket),
                }
            }
            self.keep(&response);
            for append in &response.appends {
                let append = self.with_replies(append);
                if self.holding {
                    self.held.push_back(append);
                } else {
                    requests.push_back(self.carry_out(&append));
                }
            }
            if requests.is_empty() {
                requests.extend(self.ask_again());
            }
        }
    }

    fn asker(&self, ticket: u64) -> (Ticket, Id) {
        let asked = self.asked.get(&Ticket(ticket)).expect("replies are for those who asked");
        (Ticket(ticket), asked.session)
    }

    /// Keeps an answer for whom it is for. What it speaks of is in the store.
    pub(super) fn deliver(&mut self, session: Id, reply: &Reply<'_>) {
        let stored = self.logs.get(&session).map_or(0, |log| log.head().version);
        // Presence stands beside the log; its version is a time.
        let is_presence = reply.body.starts_with(br#"{"kind":"presence""#);
        assert!(is_presence || reply.version <= stored, "an answer speaks of version {}, the store has {stored}", reply.version);
        let answer = Answer { status: reply.status, version: reply.version, body: reply.body.to_vec() };
        self.answers.entry(Ticket(reply.ticket)).or_default().push(answer);
    }

    /// What the store knows of the session that a call is about, and the call again.
    fn load(&mut self, ticket: Ticket) -> Vec<Vec<u8>> {
        let asked = self.asked.get_mut(&ticket).expect("it was asked");
        asked.times += 1;
        assert!(asked.times < 8, "a call is asked again and again");
        let (session, request, absent) = (asked.session, asked.request.clone(), asked.absent.clone());
        if asked.at_hand {
            return vec![self.conflicted(session, false)];
        }
        match self.logs.get(&session).filter(|log| !log.entries.is_empty()) {
            Some(log) => {
                self.told.insert(session, log.head());
                vec![encode(&Request::Load(log.load(session))), request]
            }
            None => vec![absent],
        }
    }

    /// The calls that were told to ask again, unless an append of their session is held.
    fn ask_again(&mut self) -> Vec<Vec<u8>> {
        let held = |append: &Vec<u8>| colloq_abi::decode::<Append<'_>>(append).expect("it was encoded here").session;
        let held: Vec<[u8; 16]> = self.held.iter().map(held).collect();
        let is_held = |ticket: &Ticket| held.contains(self.asked[ticket].session.as_bytes());
        let (wait, ready): (Vec<_>, Vec<_>) = std::mem::take(&mut self.again).into_iter().partition(is_held);
        self.again = wait;
        ready.iter().map(|ticket| self.asked[ticket].request.clone()).collect()
    }
}

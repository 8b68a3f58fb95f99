//! What a link is to its client: who it is, which sessions it follows, and what becomes of each of its frames.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use uuid::Uuid;

use super::close::Close;
use super::frames::{self, Inbound, Problem};
use super::kind::Kind;
use crate::auth::Grant;
use crate::clock::now_ms;
use crate::engine::{Answer, CallSpec, EngineError, Link, Op, Role};
use crate::limits::Wait;
use crate::state::AppState;

const SUBSCRIPTIONS_MAX: usize = 256;

/// One client at its link.
pub(super) struct Seat {
    state: AppState,
    link: Link,
    grant: Arc<Grant>,
    sessions: HashSet<Uuid>,
    /// How many sessions of its list it was told at first; `None` where it does not watch it.
    watched: Option<usize>,
    watches_inbox: bool,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.state.engine().leave(&self.link, &self.grant.identity, self.sessions.drain());
    }
}

impl Seat {
    pub(super) fn new(state: AppState, link: Link, grant: Arc<Grant>) -> Self {
        Self { state, link, grant, sessions: HashSet::new(), watched: None, watches_inbox: false }
    }

    /// What the client may do now.
    pub(super) fn grant(&self) -> &Arc<Grant> {
        &self.grant
    }

    /// Whether what the client brought lets it in still.
    pub(super) fn is_worth(&self) -> bool {
        self.state.auth().is_worth(&self.grant, now_ms())
    }

    /// Counts a frame; how long the client is to be kept waiting where it sends too many.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.state.limits().check(&self.grant).err().map(|Wait(wait)| wait)
    }

    /// Tells the client whom the host takes it for.
    pub(super) fn welcome(&self) {
        self.link.send(frames::welcome(self.state.engine(), &self.link, &self.grant));
    }

    /// Deals with a frame. What is wrong with it is said in a frame; an error ends the link.
    pub(super) async fn handle(&mut self, text: Utf8Bytes) -> Result<(), Close> {
        let Some(inbound) = Inbound::parse(&text) else {
            self.complain("malformed", "A frame is an object with a kind.", None);
            return Ok(());
        };
        let kind = inbound.kind();
        self.state.engine().gauges().note_frame(kind.map_or("other", Kind::name));
        match kind {
            Some(Kind::Submit) => {
                let session = inbound.session();
                self.submit(session, text.into()).await;
            }
            Some(Kind::Subscribe) => self.subscribe(&inbound).await,
            Some(Kind::Unsubscribe) => self.unsubscribe(inbound.session()),
            Some(Kind::Presence) => self.present(&inbound).await,
            Some(Kind::WatchSessions) => self.watch_sessions(&inbound).await,
            Some(Kind::WatchInbox) => self.watch_inbox().await,
            Some(Kind::Ping) => self.link.send(frames::pong()),
            Some(Kind::Authenticate) => return self.authenticate(&inbound).await,
            Some(Kind::Hello) => self.complain("malformed", "hello comes first and once.", None),
            // A newer client may know more.
            None => {}
        }
        Ok(())
    }

    /// Says that frames are text.
    pub(super) fn refuse_binary(&self) {
        self.complain("malformed", "Frames are text.", None);
    }

    async fn submit(&mut self, session: Option<Uuid>, frame: Bytes) {
        let Some(session) = self.covered(session) else {
            return;
        };
        let spec = CallSpec::new(&self.grant.identity, session, Op::Submit, frame);
        if let Err(error) = self.state.engine().submit(&self.link, spec).await {
            self.report(&error, session);
        }
    }

    async fn subscribe(&mut self, inbound: &Inbound<'_>) {
        let Some(session) = self.covered(inbound.session()) else {
            return;
        };
        let (Ok(since), Ok(diverged)) = (inbound.since(), inbound.diverged()) else {
            return self.complain("malformed", "since and diverged are [version, chain].", Some(session));
        };
        if self.sessions.len() >= SUBSCRIPTIONS_MAX && !self.sessions.contains(&session) {
            return self.complain("limitReached", "A link follows at most 256 sessions.", Some(session));
        }
        let head = since.map(|head| colloq_abi::Head { version: head.version, chain: head.chain });
        let op = Op::Subscribe { since: head };
        let spec = CallSpec::new(&self.grant.identity, session, op, Bytes::new());
        match self.state.engine().subscribe(&self.link, spec, since).await {
            Ok(answer) if answer.status < 400 => {
                self.sessions.insert(session);
                // Who may not see the session says nothing about it that counts.
                if let Some(diverged) = diverged {
                    self.state.engine().note_divergence(session, diverged.version);
                }
            }
            Ok(answer) => {
                self.sessions.remove(&session);
                self.refuse(&answer, session);
            }
            Err(error) => self.report(&error, session),
        }
    }

    /// Somebody is there and does something: in a session that the link follows.
    async fn present(&self, inbound: &Inbound<'_>) {
        let Some(session) = inbound.session().filter(|session| self.sessions.contains(session)) else {
            return self.complain_of_presence("malformed", "presence is of a session that the link follows.", inbound.session());
        };
        let body = Bytes::copy_from_slice(inbound.state().as_bytes());
        let spec = CallSpec::new(&self.grant.identity, session, Op::Presence { link: self.link.id }, body);
        match self.state.engine().present(&self.link, spec).await {
            Ok(answer) if answer.status < 400 => {}
            Ok(answer) => {
                let problem = Problem::parse(&answer.body);
                self.complain_of_presence(&problem.code, problem.message(), Some(session));
            }
            Err(error) => self.complain_of_presence(error.code(), self.failed(&error), Some(session)),
        }
    }

    /// The session itself is as it was.
    fn complain_of_presence(&self, code: &str, message: &str, session: Option<Uuid>) {
        self.link.send(frames::error_of(Some("presence"), code, message, session));
    }

    async fn watch_sessions(&mut self, inbound: &Inbound<'_>) {
        let Ok(limit) = inbound.limit() else {
            return self.complain("malformed", "limit is a number.", None);
        };
        self.watch_list(limit).await;
    }

    async fn watch_list(&mut self, limit: usize) {
        let (engine, identity) = (self.state.engine(), &self.grant.identity);
        match engine.watch_sessions(&self.link, &identity.app, &identity.id, self.grant.covered(), limit).await {
            Ok(()) => self.watched = Some(limit),
            Err(error) => self.report_of(&error, None),
        }
    }

    /// What waits for an answer is for those who answer.
    async fn watch_inbox(&mut self) {
        if self.grant.identity.role == Role::User {
            return self.complain("forbidden", "The inbox is for agents.", None);
        }
        match self.state.engine().watch_inbox(&self.link, &self.grant.identity.app, self.grant.covered()).await {
            Ok(()) => self.watches_inbox = true,
            Err(error) => self.report_of(&error, None),
        }
    }

    fn unsubscribe(&mut self, session: Option<Uuid>) {
        if let Some(session) = session.filter(|session| self.sessions.remove(session)) {
            self.state.engine().unsubscribe(&self.link, &self.grant.identity.app, session);
        }
    }

    /// Takes a newer token of the same actor; a bad one ends the link, as one that expired would.
    async fn authenticate(&mut self, inbound: &Inbound<'_>) -> Result<(), Close> {
        let Ok(Some(token)) = inbound.token() else {
            self.complain("malformed", "authenticate brings a token.", None);
            return Ok(());
        };
        let Ok(grant) = self.state.auth().authenticate_token(Some(&token), now_ms()) else {
            self.complain("unauthenticated", "A valid token is needed.", None);
            return Err(Close::Unauthenticated);
        };
        if !grant.is_same_actor(&self.grant) {
            self.complain("forbidden", "The token is another's; open another link.", None);
            return Err(Close::Forbidden);
        }
        self.grant = grant;
        let lost: Vec<Uuid> = self.sessions.iter().copied().filter(|session| !self.grant.covers(*session)).collect();
        for session in lost {
            self.unsubscribe(Some(session));
        }
        // What it watches is told anew, with the sessions of the newer token; nothing of it comes between.
        self.state.engine().leave(&self.link, &self.grant.identity, []);
        self.welcome();
        if self.watches_inbox {
            self.watch_inbox().await;
        }
        if let Some(limit) = self.watched {
            self.watch_list(limit).await;
        }
        Ok(())
    }

    /// A session that the token covers; one that it does not cover, or that cannot be, is not there.
    fn covered(&self, session: Option<Uuid>) -> Option<Uuid> {
        let covered = session.filter(|session| self.grant.covers(*session));
        if covered.is_none() {
            self.complain("sessionNotFound", self.title("sessionNotFound"), session);
        }
        covered
    }

    fn refuse(&self, answer: &Answer, session: Uuid) {
        let problem = Problem::parse(&answer.body);
        self.complain(&problem.code, problem.message(), Some(session));
    }

    fn report(&self, error: &EngineError, session: Uuid) {
        self.report_of(error, Some(session));
    }

    fn report_of(&self, error: &EngineError, session: Option<Uuid>) {
        self.complain(error.code(), self.failed(error), session);
    }

    /// Notes that a frame failed; gives what is said of that to people.
    fn failed(&self, error: &EngineError) -> &str {
        tracing::warn!(code = error.code(), %error, "a frame failed");
        self.title(error.code())
    }

    fn title(&self, code: &str) -> &str {
        self.state.engine().code(code).map_or("", |(_, _, title)| title)
    }

    fn complain(&self, code: &str, message: &str, session: Option<Uuid>) {
        self.link.send(frames::error(code, message, session));
    }
}

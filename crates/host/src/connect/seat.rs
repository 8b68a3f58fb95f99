//! What a link is to its client: who it is, which sessions it follows, and what becomes of each of its frames.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::close::Close;
use super::frames::{self, Inbound, Problem, Welcome};
use crate::auth::{Grant, role_name};
use crate::clock::now_ms;
use crate::engine::{CallSpec, EngineError, Link, Op};
use crate::state::AppState;

const SUBSCRIPTIONS_MAX: usize = 256;

/// One client at its link.
pub(super) struct Seat {
    state: AppState,
    link: Link,
    grant: Arc<Grant>,
    sessions: HashSet<Uuid>,
}

impl Seat {
    pub(super) fn new(state: AppState, link: Link, grant: Arc<Grant>) -> Self {
        Self { state, link, grant, sessions: HashSet::new() }
    }

    /// What the client may do now.
    pub(super) fn grant(&self) -> &Arc<Grant> {
        &self.grant
    }

    /// Tells the client whom the host takes it for.
    pub(super) fn welcome(&self) {
        let engine = self.state.engine();
        let (schema, limits) = engine.schema();
        let limits: &RawValue = serde_json::from_slice(limits).unwrap_or(RawValue::NULL);
        let identity = &self.grant.identity;
        self.link.send(frames::frame(&Welcome {
            kind: "welcome",
            link: self.link.id,
            now: now_ms(),
            user_id: &identity.id,
            role: role_name(identity.role),
            expires_at: self.grant.expires_ms,
            module: engine.module().1,
            schema,
            limits,
        }));
    }

    /// Deals with a frame. What is wrong with it is said in a frame; an error ends the link.
    pub(super) async fn handle(&mut self, text: Utf8Bytes) -> Result<(), Close> {
        let Some(inbound) = Inbound::parse(&text) else {
            self.complain("malformed", "A frame is an object with a kind.", None);
            return Ok(());
        };
        match &*inbound.kind {
            "submit" => {
                let session = inbound.session();
                self.submit(session, text.into()).await;
            }
            "subscribe" => self.subscribe(&inbound).await,
            "unsubscribe" => self.unsubscribe(inbound.session()),
            "ping" => self.link.send(frames::pong()),
            "authenticate" => return self.authenticate(&inbound),
            "hello" => self.complain("malformed", "hello comes first and once.", None),
            // A newer client may know more.
            _ => {}
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
        let Ok(since) = inbound.since() else {
            return self.complain("malformed", "since is [version, chain].", Some(session));
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
            }
            Ok(answer) => {
                self.sessions.remove(&session);
                let problem = Problem::parse(&answer.body);
                self.complain(&problem.code, problem.message(), Some(session));
            }
            Err(error) => self.report(&error, session),
        }
    }

    fn unsubscribe(&mut self, session: Option<Uuid>) {
        if let Some(session) = session.filter(|session| self.sessions.remove(session)) {
            self.state.engine().unsubscribe(&self.link, &self.grant.identity.app, session);
        }
    }

    /// Takes a newer token of the same actor; a bad one ends the link, as one that expired would.
    fn authenticate(&mut self, inbound: &Inbound<'_>) -> Result<(), Close> {
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
        self.welcome();
        Ok(())
    }

    /// A session that the token covers; one that it does not cover, or that cannot be, is not there.
    fn covered(&self, session: Option<Uuid>) -> Option<Uuid> {
        let covered = session.filter(|session| self.grant.covers(*session));
        if covered.is_none() {
            let title = self.state.engine().code("sessionNotFound").map_or("", |(_, _, title)| title);
            self.complain("sessionNotFound", title, session);
        }
        covered
    }

    fn report(&self, error: &EngineError, session: Uuid) {
        tracing::warn!(code = error.code(), %error, "a frame failed");
        let title = self.state.engine().code(error.code()).map_or("", |(_, _, title)| title);
        self.complain(error.code(), title, Some(session));
    }

    fn complain(&self, code: &str, message: &str, session: Option<Uuid>) {
        self.link.send(frames::error(code, message, session));
    }
}

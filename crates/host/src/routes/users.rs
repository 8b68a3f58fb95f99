//! All sessions of a user: `DELETE /v1/users/{userId}/sessions` ends them, `DELETE /v1/users/{userId}` erases them.
//!
//! Whose list one may see is the host's to say, because no module sees a whole list; what may be done to each session of it, the module
//! says for each.

use std::borrow::Cow;
use std::collections::HashSet;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use uuid::Uuid;

use super::Caller;
use super::query::decode;
use super::refusal::Refusal;
use crate::engine::{Answer, CallSpec, Engine, EngineError, Op, Role};
use crate::reply;

/// So many sessions are dealt with at a time; a store that gathers commits has something to gather.
const AT_ONCE: usize = 16;
/// How often the list is looked through for sessions that came or moved meanwhile.
const ROUNDS_MAX: usize = 8;
const PAGE: usize = 200;

/// What is done to each session.
#[derive(Clone, Copy)]
enum Deed {
    End,
    Erase,
}

/// Why a session was not dealt with.
enum Failed {
    Answered(Answer),
    Refused(Refusal),
}

/// The user of a path: one's own id, for an operator anyone's of the app, and for an agent nobody's.
pub(super) fn permitted<'a>(caller: &Caller<'_>, user: &'a str) -> Result<Cow<'a, str>, Refusal> {
    let user = decode(user).ok_or(Refusal::with("malformed", "The user's id is not percent-encoded UTF-8."))?;
    let identity = &caller.grant.identity;
    match identity.role {
        Role::Operator => Ok(user),
        Role::User if *user == *identity.id => Ok(user),
        Role::User | Role::Agent => Err(Refusal::new("forbidden")),
    }
}

/// As [`permitted`], for what is about all sessions of the user: a token that names some does not speak for the others.
pub(super) fn permitted_whole<'a>(caller: &Caller<'_>, user: &'a str) -> Result<Cow<'a, str>, Refusal> {
    let user = permitted(caller, user)?;
    if caller.grant.sessions.is_some() {
        return Err(Refusal::with("forbidden", "The token covers only some of the user's sessions."));
    }
    Ok(user)
}

/// The ids of all sessions of a user, newest first.
pub(super) async fn sessions(engine: &Engine, app: &str, user: &str) -> Result<Vec<Uuid>, EngineError> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = engine.list(app, user, after, PAGE).await?;
        ids.extend(page.items.iter().map(|listed| Uuid::from_bytes(listed.session)));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(ids),
        }
    }
}

/// Logs a user out everywhere: ends all sessions, and from then on no token lets the user in that was made until now, this one included.
pub(super) async fn end_all(caller: &Caller<'_>, user: &str) -> Result<Response, Refusal> {
    let answer = each(caller, user, Deed::End).await?;
    if answer.status().is_success() {
        caller.state.sign_out(&caller.grant.identity.app, &permitted_whole(caller, user)?).await?;
        // What began meanwhile, by a token that was good still.
        return each(caller, user, Deed::End).await;
    }
    Ok(answer)
}

/// Erases all that is kept of a user.
pub(super) async fn erase_all(caller: &Caller<'_>, user: &str) -> Result<Response, Refusal> {
    each(caller, user, Deed::Erase).await
}

/// Does it to all, also where it fails for some; then the first failure is the answer, and the same request goes on where this one ended.
async fn each(caller: &Caller<'_>, user: &str, deed: Deed) -> Result<Response, Refusal> {
    let user = permitted_whole(caller, user)?;
    let (mut seen, mut failed) = (HashSet::new(), None);
    for _ in 0..ROUNDS_MAX {
        let mut ids = sessions(caller.state.engine(), &caller.grant.identity.app, &user).await?;
        ids.retain(|id| seen.insert(*id));
        if ids.is_empty() {
            break;
        }
        let mut done = stream::iter(ids).map(|id| one(caller, id, deed)).buffer_unordered(AT_ONCE);
        while let Some(result) = done.next().await {
            failed = failed.or(result.err());
        }
    }
    match failed {
        None => Ok(reply::json(StatusCode::NO_CONTENT, Bytes::new())),
        Some(Failed::Answered(answer)) => Ok(reply::write(answer, None)),
        Some(Failed::Refused(refusal)) => Err(refusal),
    }
}

async fn one(caller: &Caller<'_>, session: Uuid, deed: Deed) -> Result<(), Failed> {
    let (engine, identity) = (caller.state.engine(), &caller.grant.identity);
    let answer = match deed {
        Deed::End => {
            let reason = Bytes::from_static(b"{\"reason\":\"signedOut\"}");
            engine.call(CallSpec::new(identity, session, Op::End, reason)).await?
        }
        Deed::Erase => engine.erase(CallSpec::new(identity, session, Op::Erase, Bytes::new())).await?,
    };
    match answer.status {
        // It ended, or went, before.
        ..400 | 404 | 410 => Ok(()),
        _ => Err(Failed::Answered(answer)),
    }
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        Self::Refused(error.into())
    }
}

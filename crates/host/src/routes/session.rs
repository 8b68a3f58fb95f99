//! The routes of one session: each becomes a call of the engine, whose answer goes out as it is.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use uuid::Uuid;

use super::path::{Part, Step};
use super::query::decode;
use super::refusal::Refusal;
use super::{Caller, commands, etag, events, fork, idempotency, private, session_id, stream};
use crate::clock::now_ms;
use crate::engine::{Answer, CallSpec, Op};
use crate::reply;

/// All that the host reads of a session to create.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

/// The id that a body gives a new session; `None` where it leaves that to the host.
pub(super) fn named(body: &[u8]) -> Result<Option<Uuid>, Refusal> {
    let named: Named<'_> = serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Refusal::with("invalid", "The body is an object, and its id a UUIDv7."),
        _ => Refusal::with("malformed", "The body is not JSON."),
    })?;
    let Some(id) = named.id else { return Ok(None) };
    session_id::parse(&id).map(Some).ok_or(Refusal::with("invalid", "A session's id is a UUIDv7."))
}

/// The id that the host gives a new session: the same one for the same key.
pub(super) async fn new_id(caller: &Caller<'_>) -> Result<Uuid, Refusal> {
    let id = match caller.key {
        Some(key) => idempotency::session_id(caller, key).await?,
        None => session_id::mint(now_ms()).ok_or(Refusal::new("internal"))?,
    };
    Ok(id)
}

/// A new session has to be among those that a token names, where it names some.
pub(super) fn check_covered(caller: &Caller<'_>, id: Uuid) -> Result<(), Refusal> {
    let is_covered = caller.grant.covers(id);
    if is_covered { Ok(()) } else { Err(Refusal::with("forbidden", "The token does not cover this session.")) }
}

/// Where a session is.
pub(super) fn location(id: Uuid) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("/v1/sessions/{id}")).ok()
}

/// `POST /v1/sessions`.
pub(super) async fn create(caller: &Caller<'_>, body: Body) -> Result<Response, Refusal> {
    let mut body = caller.json(body).await?;
    if body.is_empty() {
        body = Bytes::from_static(b"{}");
    }
    let brought = named(&body)?;
    let id = match brought {
        Some(id) => id,
        None => new_id(caller).await?,
    };
    check_covered(caller, id)?;
    idempotency::find(caller, id).await?;
    let answer = call(caller, id, Op::Create, body).await?;
    if brought.is_none() {
        idempotency::check_taken(caller, id, &answer).await?;
    }
    Ok(reply::write(answer, location(id)))
}

/// Everything under `/v1/sessions/{id}`.
pub(super) async fn answer(caller: &Caller<'_>, id: &str, part: Part<'_>, body: Body) -> Result<Response, Refusal> {
    // An id that cannot be one, one that is not covered and one that is not there are all the same to the caller.
    let session = session_id::parse(id).filter(|session| caller.grant.covers(*session)).ok_or(Refusal::new("sessionNotFound"))?;
    match (part, caller.method().as_str()) {
        (Part::Whole, "GET") => read(caller, session).await,
        (Part::Whole, "DELETE") => erase(caller, session).await,
        (Part::Whole, _) => write(caller, session, Op::Update, body).await,
        (Part::End, _) => write(caller, session, Op::End, body).await,
        (Part::Messages, "GET") => list_messages(caller, session).await,
        (Part::Messages, _) => write(caller, session, Op::AppendMessage, body).await,
        (Part::Message(message), "GET") => {
            let answer = call(caller, session, Op::ReadMessage(message), Bytes::new()).await?;
            Ok(reply::read(answer, None))
        }
        (Part::Message(message), "PATCH") => write(caller, session, Op::PatchMessage(message), body).await,
        (Part::Message(message), _) => write(caller, session, Op::RemoveMessage(message), body).await,
        (Part::Step(message, step), _) => write(caller, session, step_op(message, step), body).await,
        (Part::Stream(message), _) => stream::answer(caller, session, message, body).await,
        (Part::Project, _) => write(caller, session, Op::SetProject, body).await,
        (Part::Issue(issue), method) => {
            let issue = decode(issue).ok_or(Refusal::with("malformed", "The issue's id is not percent-encoded UTF-8."))?;
            let op = if method == "PUT" { Op::RecordIssue(&issue) } else { Op::RemoveIssue(&issue) };
            write(caller, session, op, body).await
        }
        (Part::Preferences, _) => write(caller, session, Op::SetPreferences, body).await,
        (Part::Commands, _) => commands::answer(caller, session, body).await,
        (Part::Events, _) => events::answer(caller, session).await,
        (Part::Fork, _) => fork::answer(caller, session, body).await,
        (Part::Rewind, _) => write(caller, session, Op::Rewind, body).await,
        (Part::Compact, _) => write(caller, session, Op::Compact, body).await,
        (Part::SignIn, _) => write(caller, session, Op::SignIn, body).await,
        (Part::SignOut, _) => write(caller, session, Op::SignOut, body).await,
        (Part::Private(key), _) => private::answer(caller, session, key, body).await,
    }
}

fn step_op(message: &str, step: Step) -> Op<'_> {
    match step {
        Step::Delta => Op::AppendDelta(message),
        Step::Complete => Op::Complete(message),
        Step::Stop => Op::Stop(message),
        Step::Fail => Op::Fail(message),
        Step::Interrupt => Op::Interrupt(message),
        Step::Revise => Op::Revise(message),
        Step::Producer => Op::TakeOver(message),
    }
}

async fn read(caller: &Caller<'_>, session: Uuid) -> Result<Response, Refusal> {
    let messages = caller.query().number("messages")?;
    let condition = etag::known(&caller.parts.headers, messages);
    let spec = CallSpec { condition, ..CallSpec::new(&caller.grant.identity, session, Op::Read { messages }, Bytes::new()) };
    let answer = caller.state.engine().call(spec).await?;
    let tag = etag::tag(messages, answer.version);
    Ok(reply::read(answer, Some(tag)))
}

async fn list_messages(caller: &Caller<'_>, session: Uuid) -> Result<Response, Refusal> {
    let query = caller.query();
    let (before, limit) = (query.text("cursor")?, query.limit()?);
    let op = Op::ListMessages { before: before.as_deref(), limit };
    let spec = CallSpec::new(&caller.grant.identity, session, op, Bytes::new());
    Ok(reply::read(caller.state.engine().call(spec).await?, None))
}

async fn write(caller: &Caller<'_>, session: Uuid, op: Op<'_>, body: Body) -> Result<Response, Refusal> {
    let body = caller.json(body).await?;
    Ok(reply::write(call(caller, session, op, body).await?, None))
}

/// The module says whether it may be; then the store forgets it.
async fn erase(caller: &Caller<'_>, session: Uuid) -> Result<Response, Refusal> {
    let answer = caller.state.engine().erase(spec(caller, session, Op::Erase, Bytes::new())).await?;
    Ok(reply::write(answer, None))
}

/// A call under the request's `If-Match` and with its key; a read has neither.
pub(super) async fn call(caller: &Caller<'_>, session: Uuid, op: Op<'_>, body: Bytes) -> Result<Answer, Refusal> {
    Ok(caller.state.engine().call(spec(caller, session, op, body)).await?)
}

fn spec<'a>(caller: &'a Caller<'_>, session: Uuid, op: Op<'a>, body: Bytes) -> CallSpec<'a> {
    let condition = if caller.method() == "GET" { None } else { etag::wanted(&caller.parts.headers) };
    CallSpec { condition, key: caller.key, ..CallSpec::new(&caller.grant.identity, session, op, body) }
}

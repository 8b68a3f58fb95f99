//! `POST .../fork {id?, through?}`: another session that begins with what this one holds.
//!
//! The parent says what the other is to begin with, and the other is created from that; both as the same caller. What travels between
//! the two is opaque here.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use uuid::Uuid;

use super::Caller;
use super::refusal::Refusal;
use super::session::{check_covered, location, named, new_id};
use super::{etag, idempotency};
use crate::engine::{CallSpec, Op};
use crate::{problem, reply};

/// Forks a session.
pub(super) async fn answer(caller: &Caller<'_>, parent: Uuid, body: Body) -> Result<Response, Refusal> {
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
    // The parent may have moved on before a retry, and what it gives with it: so the key is bound to what the client sent.
    let key = caller.key.map(|key| idempotency::bound(key, parent, &body));
    let engine = caller.state.engine();
    let identity = &caller.grant.identity;
    // A retry finds what the first try made, whatever became of the parent since.
    let is_made = idempotency::find(caller, id).await? && brought.is_none();
    let state = engine.call(CallSpec::new(identity, parent, Op::Fork, body)).await?;
    if state.status != 200 {
        let is_gone = is_made && state.status == 404;
        return if is_gone { made_before(caller, id).await } else { Ok(reply::write(state, None)) };
    }
    if !is_made {
        etag::check(&caller.parts.headers, &state)?;
    }
    let spec = CallSpec { key: key.as_deref(), ..CallSpec::new(identity, id, Op::Restore, state.body) };
    let answer = engine.call(spec).await?;
    // The same request as before; only what the parent gives is another.
    if problem::code(&answer).as_deref() == Some("idempotencyMismatch") {
        return made_before(caller, id).await;
    }
    if brought.is_none() {
        idempotency::check_taken(caller, id, &answer).await?;
    }
    Ok(reply::write(answer, location(id)))
}

/// The session that an earlier request with the same key made, as it is now.
async fn made_before(caller: &Caller<'_>, id: Uuid) -> Result<Response, Refusal> {
    let spec = CallSpec::new(&caller.grant.identity, id, Op::Read { messages: None }, Bytes::new());
    let mut answer = caller.state.engine().call(spec).await?;
    if answer.status == 200 {
        answer.status = 201;
    }
    Ok(reply::write(answer, location(id)))
}

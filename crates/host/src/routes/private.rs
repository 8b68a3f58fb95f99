//! `.../private/{key}`: a few values of a session beside its log, which no user ever sees.
//!
//! The module says who may, and how a value is written; the store keeps it. No link is told of it.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use uuid::Uuid;

use super::query::decode;
use super::refusal::Refusal;
use super::session::call;
use super::{Caller, etag};
use crate::engine::{Answer, Op};
use crate::reply;

/// `GET`, `PUT` and `DELETE`.
pub(super) async fn answer(caller: &Caller<'_>, session: Uuid, key: &str, body: Body) -> Result<Response, Refusal> {
    let key = decode(key).ok_or(Refusal::with("malformed", "The key is not percent-encoded UTF-8."))?;
    match caller.method().as_str() {
        "GET" => read(caller, session, &key).await,
        "PUT" => put(caller, session, &key, body).await,
        _ => remove(caller, session, &key).await,
    }
}

async fn read(caller: &Caller<'_>, session: Uuid, key: &str) -> Result<Response, Refusal> {
    let allowed = call(caller, session, Op::ReadPrivate(key), Bytes::new()).await?;
    if allowed.status != 204 {
        return Ok(reply::read(allowed, None));
    }
    let value = caller.state.engine().private(&caller.grant.identity.app, session, key).await?;
    let value = value.ok_or(Refusal::with("notFound", "The session has no private value under this key."))?;
    Ok(reply::json(StatusCode::OK, value))
}

async fn put(caller: &Caller<'_>, session: Uuid, key: &str, body: Body) -> Result<Response, Refusal> {
    let body = caller.json(body).await?;
    if body.is_empty() {
        return Err(Refusal::with("malformed", "A private value is JSON."));
    }
    let canonical = call(caller, session, Op::SetPrivate(key), body).await?;
    if canonical.status != 200 {
        return Ok(reply::write(canonical, None));
    }
    etag::check(&caller.parts.headers, &canonical)?;
    caller.state.engine().put_private(&caller.grant.identity.app, session, key, Some(canonical.body.clone())).await?;
    Ok(done(canonical))
}

async fn remove(caller: &Caller<'_>, session: Uuid, key: &str) -> Result<Response, Refusal> {
    let allowed = call(caller, session, Op::RemovePrivate(key), Bytes::new()).await?;
    if allowed.status != 204 {
        return Ok(reply::write(allowed, None));
    }
    etag::check(&caller.parts.headers, &allowed)?;
    caller.state.engine().put_private(&caller.grant.identity.app, session, key, None).await?;
    Ok(done(allowed))
}

fn done(mut answer: Answer) -> Response {
    answer.status = 204;
    answer.body = Bytes::new();
    reply::write(answer, None)
}

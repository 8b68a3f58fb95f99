//! `POST /v1/cookie`: a page of the same site gives the host the token that it was handed, to keep it where no script reads it.
//! `DELETE /v1/cookie` signs out: the token is void from then on, and the cookie gone.
//!
//! Both are for pages of the origins that are allowed; what came in a cookie by itself is never put into another.

use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::response::Response;
use bytes::Bytes;

use super::Caller;
use super::refusal::Refusal;
use crate::auth::{Source, bearer, cookie};
use crate::clock::now_ms;
use crate::reply;

/// Sets or clears the cookie.
pub(super) async fn answer(caller: &Caller<'_>) -> Result<Response, Refusal> {
    let auth = caller.state.auth();
    if !auth.has_cookies() {
        return Err(Refusal::new("notFound"));
    }
    if auth.origin(&caller.parts.headers).is_none() {
        return Err(Refusal::with("forbidden", "A cookie is for pages of the origins that are allowed."));
    }
    let header = if caller.method() == "DELETE" {
        sign_out(caller).await?;
        cookie::clear()
    } else {
        keep(caller)?
    };
    let mut response = reply::json(StatusCode::NO_CONTENT, Bytes::new());
    response.headers_mut().insert(SET_COOKIE, header);
    Ok(response)
}

fn keep(caller: &Caller<'_>) -> Result<axum::http::HeaderValue, Refusal> {
    let token = caller.parts.headers.get(AUTHORIZATION).and_then(|value| bearer(value.to_str().ok()?));
    let expires_ms = caller.grant.expires_ms.filter(|_| matches!(caller.grant.source, Source::Token | Source::Jwt));
    let (Some(token), Some(expires_ms)) = (token, expires_ms) else {
        return Err(Refusal::with("forbidden", "Bring a token in Authorization; a server key is none."));
    };
    let seconds = expires_ms.saturating_sub(now_ms()) / 1000;
    cookie::set(token, seconds).ok_or(Refusal::with("tooLarge", "The token is too long for a cookie."))
}

/// `DELETE /v1/tokens` and `DELETE /v1/cookie`: what the request was let in by lets nobody in any more.
pub(super) async fn sign_out(caller: &Caller<'_>) -> Result<(), Refusal> {
    if !matches!(caller.grant.source, Source::Token | Source::Jwt) {
        return Err(Refusal::with("forbidden", "Only a token can be given up."));
    }
    Ok(caller.state.revoke_token(&caller.grant).await?)
}

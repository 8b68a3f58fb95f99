//! `POST /v1/tokens`: a server key makes a token for one of its users, agents or operators. `DELETE /v1/tokens`: whoever has one gives
//! it up.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::{Caller, cookie, session_id};
use crate::auth::{IssueError, Issued, TokenRequest, role_name};
use crate::clock::{now_ms, rfc3339};
use crate::engine::Role;
use crate::reply;

/// A token names them all, and has to fit into a header that proxies pass on.
const SESSIONS_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    user_id: String,
    #[serde(default)]
    role: AskedRole,
    sessions: Option<Vec<String>>,
    generation: Option<u32>,
    ttl_seconds: Option<u64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum AskedRole {
    #[default]
    User,
    Agent,
    Operator,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Given<'a> {
    token: &'a str,
    expires_at: &'a str,
    user_id: &'a str,
    role: &'a str,
}

/// Makes a token.
pub(super) async fn issue(caller: &Caller<'_>, body: Body) -> Result<Response, Refusal> {
    let body = caller.json(body).await?;
    // The reader would take a list for the fields in their order.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Refusal::with("malformed", "The body is an object."));
    }
    let asked: Asked = serde_json::from_slice(&body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Refusal::with("invalid", "The body is {userId, role?, sessions?, generation?, ttlSeconds?}."),
        _ => Refusal::with("malformed", "The body is not JSON."),
    })?;
    let request = read(asked)?;
    let (user_id, role) = (request.user_id.clone(), role_name(request.role));
    let Issued { token, expires_ms } = caller.state.auth().issue(&caller.grant, request, now_ms()).map_err(refusal)?;
    caller.state.engine().gauges().note_token();
    let given = Given { token: &token, expires_at: &rfc3339(expires_ms), user_id: &user_id, role };
    let json = serde_json::to_vec(&given).map_err(|_| Refusal::new("internal"))?;
    Ok(reply::json(StatusCode::CREATED, json))
}

/// The token that the request brought lets nobody in any more, at any host; its links end.
pub(super) async fn give_up(caller: &Caller<'_>) -> Result<Response, Refusal> {
    cookie::sign_out(caller).await?;
    Ok(reply::json(StatusCode::NO_CONTENT, Bytes::new()))
}

fn read(asked: Asked) -> Result<TokenRequest, Refusal> {
    let sessions = match asked.sessions {
        Some(ids) if ids.len() > SESSIONS_MAX => return Err(Refusal::with("invalid", "A token names at most 200 sessions.")),
        Some(ids) => {
            let sessions: Option<Vec<_>> = ids.iter().map(|id| session_id::parse(id)).collect();
            Some(sessions.ok_or(Refusal::with("invalid", "A session's id is a UUIDv7."))?)
        }
        None => None,
    };
    let role = match asked.role {
        AskedRole::User => Role::User,
        AskedRole::Agent => Role::Agent,
        AskedRole::Operator => Role::Operator,
    };
    Ok(TokenRequest { user_id: asked.user_id, role, sessions, generation: asked.generation, ttl_seconds: asked.ttl_seconds })
}

fn refusal(error: IssueError) -> Refusal {
    match error {
        IssueError::NotAKey => Refusal::with("forbidden", "Only a server key makes tokens."),
        IssueError::BadUserId => Refusal::with("invalid", "A userId has 1 to 256 bytes and no control characters."),
        IssueError::NoSessions => Refusal::with("invalid", "A generation is of the sessions that the token names."),
        IssueError::BadTtl => Refusal::with("invalid", "ttlSeconds is 1 to 86400."),
        IssueError::Broken => Refusal::new("internal"),
    }
}

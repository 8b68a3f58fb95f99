//! `POST /v1/import`: sessions from JSON Lines, as an export wrote them. Each line is a session and stands for itself.
//!
//! For operators alone: a line says what others wrote, and the module cannot know whether they did. Of a line the host reads nothing but
//! the id that it routes by.

use std::borrow::Cow;
use std::pin::pin;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};

use super::lines::{Line, Lines};
use super::refusal::Refusal;
use super::{Caller, body, idempotency, session_id};
use crate::engine::{CallSpec, Op, Role};
use crate::{problem, reply};

/// A session's text has at most a million bytes; escaped, and once more in its parts, it still fits.
const LINE_BYTES_MAX: usize = 16 << 20;
/// So many lines are dealt with at a time.
const AT_ONCE: usize = 8;
/// So many failures are named; all are counted.
const NAMED_MAX: usize = 1000;

/// All that the host reads of a line.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Imported {
    #[serde(rename = "imported")]
    taken: u64,
    failed: Vec<Failure>,
    /// Failures beyond those that are named.
    #[serde(skip_serializing_if = "is_none")]
    more_failed: u64,
}

#[derive(Serialize)]
struct Failure {
    line: u64,
    code: Cow<'static, str>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Takes every line that can be taken, and says which could not.
pub(super) async fn answer(caller: &Caller<'_>, body: Body) -> Result<Response, Refusal> {
    let grant = &caller.grant;
    if grant.identity.role != Role::Operator || grant.sessions.is_some() {
        return Err(Refusal::with("forbidden", "Only operators import."));
    }
    if !body::is_of_type(&caller.parts.headers, &["application/x-ndjson", "application/jsonl"]) {
        return Err(Refusal::with("unsupportedMediaType", "This route takes application/x-ndjson."));
    }
    let lines = stream::unfold(Lines::new(body, LINE_BYTES_MAX), async |mut lines| Some((lines.next().await.transpose()?, lines)));
    let mut results = pin!(lines.map(|line| take(caller, line)).buffer_unordered(AT_ONCE));
    let mut all = Imported::default();
    while let Some(result) = results.next().await {
        match result? {
            None => all.taken += 1,
            Some(failure) if all.failed.len() < NAMED_MAX => all.failed.push(failure),
            Some(_) => all.more_failed += 1,
        }
    }
    all.failed.sort_by_key(|failure| failure.line);
    let json = serde_json::to_vec(&all).map_err(|_| Refusal::new("internal"))?;
    Ok(reply::json(StatusCode::OK, json))
}

/// Takes one line; gives why not.
async fn take(caller: &Caller<'_>, line: Result<Line, Refusal>) -> Result<Option<Failure>, Refusal> {
    let Line { number, text } = line?;
    let code = match text {
        Some(text) => restore(caller, text).await.err(),
        None => Some("tooLarge".into()),
    };
    Ok(code.map(|code| Failure { line: number, code }))
}

async fn restore(caller: &Caller<'_>, line: Bytes) -> Result<(), Cow<'static, str>> {
    let named: Named<'_> = match line.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(&line).map_err(|error| if error.is_data() { "invalid" } else { "malformed" })?,
        _ => return Err("malformed".into()),
    };
    let id = session_id::parse(&named.id).ok_or("invalid")?;
    idempotency::find(caller, id).await.map_err(Refusal::code)?;
    let spec = CallSpec { key: caller.key, ..CallSpec::new(&caller.grant.identity, id, Op::Restore, line.clone()) };
    let answer = caller.state.engine().call(spec).await.map_err(|error| error.code())?;
    if answer.status < 400 {
        return Ok(());
    }
    Err(problem::code(&answer).map_or("internal".into(), Into::into))
}

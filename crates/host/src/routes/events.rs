//! `GET .../events`: what a link that follows the session gets, as Server-Sent Events. `Last-Event-ID`, or `since`, says where it
//! stands: `VERSION.CHAIN` as an event's id has it, or a bare version.

use std::sync::Arc;

use axum::http::HeaderName;
use axum::response::Response;
use bytes::Bytes;
use colloq_store::Head;
use uuid::Uuid;

use super::Caller;
use super::refusal::Refusal;
use crate::auth::unhex;
use crate::connect::Events;
use crate::engine::{CallSpec, EngineError, Op};
use crate::reply;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Follows a session.
pub(super) async fn answer(caller: &Caller<'_>, session: Uuid) -> Result<Response, Refusal> {
    let engine = caller.state.engine();
    // Whether it can be seen is said before the stream begins.
    let look = Op::Read { messages: Some(0) };
    let answer = engine.call(CallSpec::new(&caller.grant.identity, session, look, Bytes::new())).await?;
    if answer.status >= 400 {
        return Ok(reply::read(answer, None));
    }
    let since = since(caller, session).await?;
    let events = Events::open(caller.state, &caller.grant).ok_or(Refusal::with("rateLimited", "You have too many links."))?;
    let (state, grant, link) = (caller.state.clone(), Arc::clone(&caller.grant), events.link().clone());
    let work = async move {
        let spec = CallSpec::new(&grant.identity, session, Op::Subscribe { since: None }, Bytes::new());
        let answer = state.engine().subscribe(&link, spec, since).await?;
        if answer.status < 400 { Ok(()) } else { Err(EngineError::NotFound) }
    };
    Ok(reply::events(events.into_body(Box::pin(work), Some(session))))
}

/// Where the reader stands. Of a version that the log does not have any more there is nothing to resume.
async fn since(caller: &Caller<'_>, session: Uuid) -> Result<Option<Head>, Refusal> {
    let refusal = Refusal::with("invalid", "An event's id is VERSION.CHAIN.");
    let header = caller.parts.headers.get(LAST_EVENT_ID).map(|id| id.to_str().map_err(|_| refusal));
    let id = match header.transpose()? {
        Some(id) => Some(id.into()),
        None => caller.query().text("since")?,
    };
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(None) };
    let (version, chain) = id.split_once('.').map_or((&*id, None), |(version, chain)| (version, Some(chain)));
    let version = version.parse().map_err(|_| refusal)?;
    match chain {
        Some(chain) => Ok(Some(Head { version, chain: unhex(chain).ok_or(refusal)? })),
        None if version == 0 => Ok(None),
        None => Ok(caller.state.engine().head_at(&caller.grant.identity.app, session, version).await?),
    }
}

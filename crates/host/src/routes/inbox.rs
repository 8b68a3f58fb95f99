//! `GET /v1/inbox`: every session whose newest user message nobody answers, and then what changes, as Server-Sent Events.
//!
//! `agent` names who asks, for their own logs; what is in the inbox does not depend on it.

use std::sync::Arc;

use axum::response::Response;

use super::Caller;
use super::refusal::Refusal;
use crate::connect::Events;
use crate::engine::Role;
use crate::reply;

/// Watches the inbox of the caller's app.
pub(super) fn answer(caller: &Caller<'_>) -> Result<Response, Refusal> {
    if caller.grant.identity.role == Role::User {
        return Err(Refusal::with("forbidden", "The inbox is for agents."));
    }
    let events = Events::open(caller.state, &caller.grant).ok_or(Refusal::new("rateLimited"))?;
    let (state, grant, link) = (caller.state.clone(), Arc::clone(&caller.grant), events.link().clone());
    let work = async move { state.engine().watch_inbox(&link, &grant.identity.app, grant.covered()).await };
    Ok(reply::events(events.into_body(Box::pin(work), None)))
}

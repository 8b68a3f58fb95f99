//! Lists of sessions: pages spliced from the summaries that the module wrote, none of which is looked into; and the caller's own, live.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::response::Response;

use super::refusal::Refusal;
use super::{Caller, cursor, users};
use crate::connect::Events;
use crate::engine::Role;
use crate::reply;
use colloq_store::Page;

/// So many sessions a live list has at first where nobody says.
const LIMIT_DEFAULT: u32 = 50;

/// `GET /v1/sessions`: the caller's own; an operator may name another user.
pub(super) async fn mine(caller: &Caller<'_>) -> Result<Response, Refusal> {
    if accepts_events(caller) {
        return live(caller);
    }
    match caller.query().text("userId")? {
        Some(user) => page(caller, &user).await,
        None => page(caller, &caller.grant.identity.id).await,
    }
}

/// The caller's own list as Server-Sent Events: the newest first, then what changes. With `limit=0` it only says who the caller is, and
/// that the host is there.
fn live(caller: &Caller<'_>) -> Result<Response, Refusal> {
    let limit = caller.query().number("limit")?.unwrap_or(LIMIT_DEFAULT) as usize;
    let events = Events::open(caller.state, &caller.grant).ok_or(Refusal::with("rateLimited", "You have too many links."))?;
    let (state, grant, link) = (caller.state.clone(), Arc::clone(&caller.grant), events.link().clone());
    let work = async move {
        let identity = &grant.identity;
        match limit {
            0 => Ok(()),
            limit => state.engine().watch_sessions(&link, &identity.app, &identity.id, grant.covered(), limit).await,
        }
    };
    Ok(reply::events(events.into_body(Box::pin(work), None)))
}

fn accepts_events(caller: &Caller<'_>) -> bool {
    let accept = caller.parts.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.split(',').any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream")))
}

/// `GET /v1/users/{userId}/sessions`.
pub(super) async fn of_user(caller: &Caller<'_>, user: &str) -> Result<Response, Refusal> {
    page(caller, &users::permitted(caller, user)?).await
}

async fn page(caller: &Caller<'_>, user: &str) -> Result<Response, Refusal> {
    let identity = &caller.grant.identity;
    if *user != *identity.id && identity.role != Role::Operator {
        return Err(Refusal::new("forbidden"));
    }
    let query = caller.query();
    let limit = query.limit()? as usize;
    let after = match query.text("cursor")? {
        Some(text) => Some(cursor::decode(&text).ok_or(Refusal::with("invalid", "The cursor is not one of this host's."))?),
        None => None,
    };
    let mut page = caller.state.engine().list(&identity.app, user, after, limit).await?;
    page.items.retain(|listed| caller.grant.covers(uuid::Uuid::from_bytes(listed.session)));
    Ok(reply::json(StatusCode::OK, splice(&page)))
}

/// The page as JSON around the summaries' bytes.
fn splice(page: &Page) -> Vec<u8> {
    let summaries: usize = page.items.iter().map(|listed| listed.summary.len() + 1).sum();
    let mut json = Vec::with_capacity(summaries + 80);
    json.extend_from_slice(b"{\"items\":[");
    for (index, listed) in page.items.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(&listed.summary);
    }
    json.extend_from_slice(b"],\"nextCursor\":");
    match page.next {
        Some(position) => {
            let mut text = String::with_capacity(32);
            cursor::encode(position, &mut text);
            json.push(b'"');
            json.extend_from_slice(text.as_bytes());
            json.push(b'"');
        }
        None => json.extend_from_slice(b"null"),
    }
    json.push(b'}');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use colloq_store::Listed;

    #[test]
    fn a_page_is_json_around_its_summaries() {
        let listed = |summary: &'static str| Listed { session: [1; 16], active_ms: 1, summary: Bytes::from_static(summary.as_bytes()) };
        let page = Page { items: vec![listed("{\"id\":1}"), listed("{\"id\":2}")], next: Some((1, [1; 16])) };
        let json: serde_json::Value = serde_json::from_slice(&splice(&page)).expect("it is JSON");
        assert_eq!(json["items"][1]["id"], 2);
        assert_eq!(json["nextCursor"].as_str().and_then(cursor::decode), Some((1, [1; 16])));
        assert_eq!(splice(&Page::default()), b"{\"items\":[],\"nextCursor\":null}");
    }
}

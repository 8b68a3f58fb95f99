//! `GET /metrics`: the gauges as Prometheus reads them.
//!
//! Operators alone see them: whoever reached the operators' own door, or who brings an operator's token or a server key.

use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::refusal::Refusal;
use crate::clock::now_ms;
use crate::engine::Role;
use crate::state::AppState;
use crate::visit::{Door, Visit};
use crate::{gauges, reply};

/// Answers with all of them.
pub(super) fn answer(state: &AppState, visit: Visit, parts: &Parts) -> Result<Response, Refusal> {
    if visit.door != Door::Admin {
        let grant = state.auth().authenticate(&parts.headers, now_ms())?;
        if grant.identity.role != Role::Operator {
            return Err(Refusal::new("forbidden"));
        }
    }
    let text = state.engine().metrics()?;
    Ok(reply::private(StatusCode::OK, HeaderValue::from_static(gauges::CONTENT_TYPE), text.into()))
}

//! `GET /v1/analytics`: what the host counted since it was started, for operators.
//!
//! Counters are the module's, and go out as it wrote them. They are the host's as a whole, whatever apps it serves.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Caller;
use super::refusal::Refusal;
use crate::engine::{Role, ShardAnalytics};
use crate::reply;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    counters: &'a RawValue,
    /// Sessions at hand; the others are in the store.
    sessions: u64,
    memory_bytes: u64,
    lost_entries: u64,
    shards: Vec<Shard>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shard {
    sessions: u64,
    memory_bytes: u64,
    rebuilds: u64,
}

/// Asks all shards.
pub(super) fn answer(caller: &Caller<'_>) -> Result<Response, Refusal> {
    if caller.grant.identity.role != Role::Operator {
        return Err(Refusal::new("forbidden"));
    }
    let engine = caller.state.engine();
    let analytics = engine.analytics()?;
    let shard = |shard: &ShardAnalytics| Shard { sessions: shard.sessions, memory_bytes: shard.memory_bytes, rebuilds: shard.rebuilds };
    let shown = Shown {
        counters: serde_json::from_slice(&analytics.counters).map_err(|_| Refusal::new("internal"))?,
        sessions: analytics.shards.iter().map(|shard| shard.sessions).sum(),
        memory_bytes: analytics.shards.iter().map(|shard| shard.memory_bytes).sum(),
        lost_entries: engine.lost_entries(),
        shards: analytics.shards.iter().map(shard).collect(),
    };
    let json = serde_json::to_vec(&shown).map_err(|_| Refusal::new("internal"))?;
    Ok(reply::json(StatusCode::OK, json))
}

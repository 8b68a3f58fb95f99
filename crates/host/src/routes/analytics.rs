//! `GET /v1/analytics`: what happened, over all time, by the hour and by the day, and what this host holds now, for operators.
//!
//! Counters are the module's, and go out as it wrote them. They are the store's as a whole, whatever apps and hosts it has.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Caller;
use super::refusal::Refusal;
use crate::clock::rfc3339;
use crate::engine::{Period, Role, ShardAnalytics};
use crate::reply;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    counters: Option<&'a RawValue>,
    hours: Vec<Counted<'a>>,
    days: Vec<Counted<'a>>,
    /// Sessions at hand; the others are in the store.
    sessions: u64,
    memory_bytes: u64,
    lost_entries: u64,
    shards: Vec<Shard>,
}

#[derive(Serialize)]
struct Counted<'a> {
    from: String,
    counters: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shard {
    sessions: u64,
    memory_bytes: u64,
    rebuilds: u64,
}

/// Asks the store and all shards.
pub(super) async fn answer(caller: &Caller<'_>) -> Result<Response, Refusal> {
    if caller.grant.identity.role != Role::Operator {
        return Err(Refusal::new("forbidden"));
    }
    let engine = caller.state.engine();
    let (history, analytics) = (engine.history().await?, engine.analytics()?);
    let shard = |shard: &ShardAnalytics| Shard { sessions: shard.sessions, memory_bytes: shard.memory_bytes, rebuilds: shard.rebuilds };
    let shown = Shown {
        counters: history.total.as_deref(),
        hours: counted(&history.hours),
        days: counted(&history.days),
        sessions: analytics.shards.iter().map(|shard| shard.sessions).sum(),
        memory_bytes: analytics.shards.iter().map(|shard| shard.memory_bytes).sum(),
        lost_entries: engine.lost_entries(),
        shards: analytics.shards.iter().map(shard).collect(),
    };
    let json = serde_json::to_vec(&shown).map_err(|_| Refusal::new("internal"))?;
    Ok(reply::json(StatusCode::OK, json))
}

fn counted(periods: &[Period]) -> Vec<Counted<'_>> {
    periods.iter().map(|period| Counted { from: rfc3339(period.from_ms), counters: &period.counters }).collect()
}

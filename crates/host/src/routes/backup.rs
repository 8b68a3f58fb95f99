//! `GET /v1/backup`: what the store has of the app, as a backup file, sent as it is read; `?session=` of one session alone.
//! `POST /v1/restore`: such a file, taken into the running store: sessions that are not there come, and nothing else changes.
//!
//! For operators. A backup that could not be finished breaks off, and has no end record. What lies under another app stays where it is.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use colloq_store::{Archive, Key};
use futures_util::stream;
use http_body_util::BodyExt as _;
use serde::Serialize;
use tokio::time::timeout;
use uuid::Uuid;

use super::refusal::Refusal;
use super::{Caller, body, session_id};
use crate::clock::now_ms;
use crate::engine::{EngineError, Role};
use crate::reply;
use crate::transfer::{Backup, Decoder, Encoder, Header, Item, Left, Mode, Piece, Report, restore_item};

/// Whoever sends nothing for so long is not waited for.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// So many sessions that were left out are named; all are counted.
const NAMED_MAX: usize = 1000;

/// The store as backups see it, for operators of a whole app.
pub(super) fn permitted(caller: &Caller<'_>) -> Result<Arc<dyn Archive>, Refusal> {
    let grant = &caller.grant;
    if grant.identity.role != Role::Operator || grant.sessions.is_some() {
        return Err(Refusal::with("forbidden", "Only operators of a whole app."));
    }
    Arc::clone(caller.state.engine().store()).archive().ok_or(Refusal::new("notFound"))
}

/// Sends a backup.
pub(super) async fn give(caller: &Caller<'_>) -> Result<Response, Refusal> {
    let store = permitted(caller)?;
    let app = Arc::clone(&caller.grant.identity.app);
    if let Some(id) = caller.query().text("session")? {
        let id = session_id::parse(&id).ok_or(Refusal::new("sessionNotFound"))?;
        return give_one(&store, Key { app, session: *id.as_bytes() }).await;
    }
    let backup = Backup::new(store, Some(app), now_ms());
    let bytes = stream::try_unfold(backup, |mut backup| async move {
        let next = backup.next_bytes().await.map_err(|error| {
            tracing::warn!(%error, "a backup breaks off");
            io::Error::other("the backup could not be finished")
        });
        next.map(|bytes| bytes.map(|bytes| (bytes, backup)))
    });
    Ok(reply::bytes(Body::from_stream(bytes)))
}

async fn give_one(store: &Arc<dyn Archive>, key: Key) -> Result<Response, Refusal> {
    let archived = store.whole(&key).await.map_err(EngineError::from)?.ok_or(Refusal::new("sessionNotFound"))?;
    let schema_min = store.schema_min().await.map_err(EngineError::from)?;
    let header = Header { begun_ms: now_ms(), store: store.name().into(), schema_min };
    let (mut encoder, first) = Encoder::begin(&header);
    let item = encoder.item(&Item { key, archived });
    Ok(reply::bytes(Body::from([first, item, encoder.end()].concat())))
}

/// What became of the sessions of a backup.
#[derive(Serialize)]
struct Shown {
    restored: u64,
    same: u64,
    left: Vec<LeftOut>,
    /// Those beyond the ones that are named.
    more: usize,
}

#[derive(Serialize)]
struct LeftOut {
    session: Uuid,
    code: &'static str,
}

/// Takes a backup in.
pub(super) async fn take(caller: &Caller<'_>, mut body: Body) -> Result<Response, Refusal> {
    let store = permitted(caller)?;
    if !body::is_of_type(&caller.parts.headers, &["application/octet-stream"]) {
        return Err(Refusal::with("unsupportedMediaType", "This route takes application/octet-stream."));
    }
    let bad = |error: crate::transfer::BadBackup| {
        tracing::warn!(%error, "a backup that was sent is none");
        Refusal::with("malformed", "The body is no backup, or a damaged one; what came before the damage was taken.")
    };
    let (mut decoder, mut report, mut others) = (Decoder::default(), Report::default(), Vec::new());
    loop {
        while let Some(piece) = decoder.next_piece().map_err(bad)? {
            match piece {
                Piece::Item(item) if item.key.app != caller.grant.identity.app => others.push(item.key),
                // Under the feet of a shard nothing may change that it may have at hand; what is not there it has not.
                Piece::Item(item) => restore_item(&store, item, Mode::Add, &mut report).await.map_err(EngineError::from)?,
                Piece::Header(_) | Piece::End(_) => {}
            }
        }
        let silent = |_| Refusal::with("malformed", "Nothing came for too long.");
        match timeout(SILENCE_MAX, body.frame()).await.map_err(silent)? {
            Some(Ok(frame)) => decoder.feed(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(_)) => return Err(Refusal::with("malformed", "The body broke off.")),
            None => break,
        }
    }
    decoder.finish().map_err(bad)?;
    let json = serde_json::to_vec(&shown(&report, &others)).map_err(|_| Refusal::new("internal"))?;
    Ok(reply::json(StatusCode::OK, json))
}

fn shown(report: &Report, others: &[Key]) -> Shown {
    let left = report.left.iter().map(|Left { key, why }| LeftOut { session: Uuid::from_bytes(key.session), code: why.code() });
    let others = others.iter().map(|key| LeftOut { session: Uuid::from_bytes(key.session), code: "forbidden" });
    let mut all: Vec<LeftOut> = left.chain(others).collect();
    let more = all.len().saturating_sub(NAMED_MAX);
    all.truncate(NAMED_MAX);
    Shown { restored: report.restored, same: report.same, left: all, more }
}

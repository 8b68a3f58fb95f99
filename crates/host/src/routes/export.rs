//! `GET /v1/users/{userId}/export`: all sessions of a user as JSON Lines, each as the module writes it, sent as they come; for operators
//! `GET /v1/export`: all sessions of the app.
//!
//! An export that could not be finished breaks off in the middle of its body, so that nobody takes it for a whole one.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use colloq_store::{StoreError, Walk};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use super::refusal::Refusal;
use super::users::{permitted_whole, sessions};
use super::{Caller, backup};
use crate::auth::Grant;
use crate::engine::{CallSpec, Op};
use crate::reply;
use crate::state::AppState;

/// So many lines are made before they are asked for.
const AHEAD: usize = 4;

/// Writes all sessions that the user has when it begins.
pub(super) async fn answer(caller: &Caller<'_>, user: &str) -> Result<Response, Refusal> {
    let user = permitted_whole(caller, user)?;
    let ids = sessions(caller.state.engine(), &caller.grant.identity.app, &user).await?;
    let (state, grant) = (caller.state.clone(), Arc::clone(&caller.grant));
    let lines = stream::iter(ids)
        .map(move |id| line(state.clone(), Arc::clone(&grant), id))
        .buffered(AHEAD)
        .filter_map(|line| std::future::ready(line.transpose()));
    Ok(reply::lines(Body::from_stream(lines)))
}

/// Writes all sessions of the app.
pub(super) fn all(caller: &Caller<'_>) -> Result<Response, Refusal> {
    let (app, keys) = backup::permitted(caller).map(|store| (Arc::clone(&caller.grant.identity.app), Walk::new(store)))?;
    let (state, grant) = (caller.state.clone(), Arc::clone(&caller.grant));
    let keys = stream::try_unfold(keys, |mut keys| async move { Ok(keys.next().await?.map(|key| (key, keys))) });
    let lines = keys
        .map_err(|error: StoreError| {
            tracing::warn!(%error, "an export breaks off");
            io::Error::other("the export could not be finished")
        })
        .try_filter(move |key| std::future::ready(key.app == app))
        .map_ok(move |key| line(state.clone(), Arc::clone(&grant), Uuid::from_bytes(key.session)))
        .try_buffered(AHEAD)
        .try_filter_map(|line| std::future::ready(Ok(line)));
    Ok(reply::lines(Body::from_stream(lines)))
}

/// A session's line; `None` for one that was erased meanwhile.
async fn line(state: AppState, grant: Arc<Grant>, session: Uuid) -> io::Result<Option<Bytes>> {
    let answer = state.engine().call(CallSpec::new(&grant.identity, session, Op::Export, Bytes::new())).await;
    let answer = answer.map_err(|error| broken(session, error.code()))?;
    match answer.status {
        200 => {
            let text = answer.body.trim_ascii();
            let mut line = BytesMut::with_capacity(text.len() + 1);
            line.extend_from_slice(text);
            line.extend_from_slice(b"\n");
            Ok(Some(line.freeze()))
        }
        404 => Ok(None),
        _ => Err(broken(session, "refused")),
    }
}

fn broken(session: Uuid, code: &str) -> io::Error {
    tracing::warn!(%session, code, "an export breaks off");
    io::Error::other("the export could not be finished")
}

//! The WebSocket door, `GET /v1/connect`: one link for many sessions (subprotocol `colloq.v1`).
//!
//! It opens to origins on the list alone, reads of a frame only what names it, and bounds everything: size, pace, subscriptions,
//! links a user, and how long a slow reader is waited for.

mod close;
mod count;
mod frames;
mod greeting;
mod kind;
mod link;
mod pace;
mod seat;
mod sse;

pub(crate) use count::LinkCount;
pub(crate) use kind::Kind;
pub(crate) use sse::Events;

use std::sync::Arc;

use axum::extract::FromRequestParts as _;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::header::{ALLOW, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::response::Response;

use crate::auth::Grant;
use crate::clock::now_ms;
use crate::problem;
use crate::state::AppState;

/// Where the door is.
pub(crate) const PATH: &str = "/v1/connect";
const SUBPROTOCOL: &str = "colloq.v1";
/// The largest message from a client, in one frame or many.
const INBOUND_BYTES_MAX: usize = 64 << 10;
/// What a link that says nothing holds for what it may say; a larger frame gets room when it comes.
const READ_BUFFER_BYTES: usize = 1 << 10;
/// So much is gathered before it is written.
const WRITE_BUFFER_BYTES: usize = 4 << 10;
/// Above the largest frame that a host sends, the snapshot of a full session in escaped JSON.
const OUTBOUND_BYTES_MAX: usize = 64 << 20;

/// Turns a request into a link, or says why not.
pub(crate) async fn upgrade(state: &AppState, parts: &mut Parts) -> Response {
    let refuse = |code, detail| problem::response(state.engine(), code, Some(detail));
    if parts.method != Method::GET {
        let mut response = problem::response(state.engine(), "methodNotAllowed", None);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    // A page always names its origin; who names none is no page and brings a token in its hello.
    if parts.headers.contains_key(ORIGIN) && state.auth().origin(&parts.headers).is_none() {
        return refuse("forbidden", "Pages of that origin may not connect.");
    }
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(parts, &()).await else {
        return refuse("malformed", "This route is a WebSocket.");
    };
    let upgrade = upgrade.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return refuse("malformed", "The subprotocol is colloq.v1.");
    }
    // The program that holds the host may know who it is, and a page of the same site may have its token in a cookie; a hello that brings a
    // token says otherwise.
    let known = parts.extensions.get::<Arc<Grant>>().cloned();
    let known = known.or_else(|| state.auth().authenticate_token(Some(&state.auth().cookie(&parts.headers)?), now_ms()).ok());
    let state = state.clone();
    upgrade
        .max_message_size(INBOUND_BYTES_MAX)
        .max_frame_size(INBOUND_BYTES_MAX)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(OUTBOUND_BYTES_MAX)
        .on_upgrade(|socket| link::run(socket, state, known))
}

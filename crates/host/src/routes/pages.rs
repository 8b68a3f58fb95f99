//! What needs no token: health, the module's file, the pages of problems, and the console.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::refusal::Refusal;
use crate::engine::Engine;
use crate::state::AppState;
use crate::{console, problem, reply};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// `/healthz`: the process lives.
pub(super) fn health() -> Response {
    reply::json(StatusCode::OK, "{\"status\":\"ok\"}")
}

/// `/readyz`: the host can serve now.
pub(super) async fn ready(state: &AppState) -> Result<Response, Refusal> {
    if state.is_closing() {
        return Err(Refusal::with("overloaded", "The host is going down."));
    }
    state.engine().check_ready().await?;
    Ok(reply::json(StatusCode::OK, "{\"status\":\"ready\"}"))
}

/// `/problems/{code}`.
pub(super) fn problem(engine: &Engine, code: &str) -> Result<Response, Refusal> {
    problem::page(engine, code).ok_or(Refusal::new("notFound"))
}

/// `/module/{sha256}.wasm`: the very file that this host runs, and no other.
pub(super) fn module(engine: &Engine, file: &str) -> Result<Response, Refusal> {
    let (bytes, sha256) = engine.module();
    if file.strip_suffix(".wasm") != Some(sha256) {
        return Err(Refusal::new("notFound"));
    }
    let mut response = Response::new(Body::from(bytes.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/wasm"));
    headers.insert(CACHE_CONTROL, FOR_EVER);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// Whether the console has a file at a path.
pub(super) fn is_in_console(path: &str) -> bool {
    console::file(path).is_some()
}

/// `/` and the files of the console.
pub(super) fn console(path: &str) -> Result<Response, Refusal> {
    let file = console::file(path).ok_or(Refusal::new("notFound"))?;
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    // Names under assets/ hold a hash of what is in them.
    let cache = if path.starts_with("/assets/") { FOR_EVER } else { HeaderValue::from_static("no-cache") };
    headers.insert(CACHE_CONTROL, cache);
    reply::guard_page(headers);
    Ok(response)
}

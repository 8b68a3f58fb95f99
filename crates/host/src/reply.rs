//! Answers with the headers that every one of them carries.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;

use crate::engine::Answer;
use crate::problem;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const COLLOQ_VERSION: HeaderName = HeaderName::from_static("colloq-version");
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
);

/// JSON for one caller.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    private(status, JSON, body.into())
}

/// An answer for one caller, which no cache may keep.
pub(crate) fn private(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let content_type = (!body.is_empty()).then_some(content_type);
    guarded(status, content_type, Body::from(body))
}

/// JSON Lines for one caller, as they come.
pub(crate) fn lines(body: Body) -> Response {
    guarded(StatusCode::OK, Some(HeaderValue::from_static("application/x-ndjson")), body)
}

/// Bytes for one caller, as they come.
pub(crate) fn bytes(body: Body) -> Response {
    guarded(StatusCode::OK, Some(HeaderValue::from_static("application/octet-stream")), body)
}

/// Server-Sent Events for one caller, as they come.
pub(crate) fn events(body: Body) -> Response {
    let mut response = guarded(StatusCode::OK, Some(HeaderValue::from_static("text/event-stream")), body);
    // A proxy that gathers would hold them back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

fn guarded(status: StatusCode, content_type: Option<HeaderValue>, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // Room for these, the caller's two and the connection's, so that the map is made once.
    headers.reserve(8);
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    headers.insert(REFERRER_POLICY, NO_REFERRER);
    response
}

/// The answer of a read, with its tag if it has one.
pub(crate) fn read(answer: Answer, tag: Option<HeaderValue>) -> Response {
    if answer.status >= 400 {
        return problem::document(answer.status, answer.body);
    }
    let mut response = json(status(answer.status), answer.body);
    if let Some(tag) = tag {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The answer of a write, with the version that it made, and where what it made is.
pub(crate) fn write(answer: Answer, location: Option<HeaderValue>) -> Response {
    let version = answer.version;
    let is_created = answer.status == 201;
    let mut response = read(answer, None);
    if version > 0 {
        response.headers_mut().insert(COLLOQ_VERSION, version.into());
    }
    if let Some(location) = location.filter(|_| is_created) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// From now on browsers come to this host by TLS alone (RFC 6797).
pub(crate) fn pin_to_tls(headers: &mut HeaderMap) {
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
}

/// The headers of everything that a browser shows as a page or a part of one.
pub(crate) fn guard_page(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    headers.insert(REFERRER_POLICY, NO_REFERRER);
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

//! Where a router is nested: what its paths begin with there, put in front of the addresses in its answers.

use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use crate::problem::PROBLEM_JSON;

/// The longest problem document.
const PROBLEM_BYTES_MAX: usize = 1 << 20;
const TYPE: &str = "\"type\":\"/problems/";

/// What stands before a request's path; `None` where nothing does.
pub(super) fn of(request: &Request) -> Option<String> {
    let whole = request.extensions().get::<OriginalUri>()?.0.path();
    let prefix = whole.strip_suffix(request.uri().path())?;
    (!prefix.is_empty()).then(|| prefix.to_owned())
}

/// The way to the page, for who left out the slash that its own addresses are relative to.
pub(super) fn folder(request: &Request) -> Option<Response> {
    let whole = request.extensions().get::<OriginalUri>()?.0.path();
    if request.uri().path() != "/" || whole.ends_with('/') {
        return None;
    }
    let location = HeaderValue::try_from(format!("{whole}/")).ok()?;
    Some((StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response())
}

/// Puts it in front of the addresses of an answer.
pub(super) async fn put(prefix: &str, mut response: Response) -> Response {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    if let Some(location) = location.filter(|location| location.starts_with('/'))
        && let Ok(moved) = HeaderValue::try_from(format!("{prefix}{location}"))
    {
        response.headers_mut().insert(LOCATION, moved);
    }
    if response.headers().get(CONTENT_TYPE) != Some(&PROBLEM_JSON) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, PROBLEM_BYTES_MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(moved(prefix, &body)))
}

/// A problem document whose `type` leads to where the router is.
fn moved(prefix: &str, problem: &Bytes) -> Bytes {
    match str::from_utf8(problem) {
        Ok(text) => text.replacen(TYPE, &format!("\"type\":\"{prefix}/problems/"), 1).into(),
        Err(_) => problem.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_of_an_answer_follow() {
        let problem = Response::builder().status(404).header(CONTENT_TYPE, PROBLEM_JSON);
        let body = r#"{"type":"/problems/notFound","detail":"\"type\":\"/problems/"}"#;
        let response = put("/chat", problem.body(Body::from(body)).unwrap()).await;
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, r#"{"type":"/chat/problems/notFound","detail":"\"type\":\"/problems/"}"#);
        let created = Response::builder().header(LOCATION, "/v1/sessions/1").body(Body::empty()).unwrap();
        assert_eq!(put("/chat", created).await.headers()[LOCATION], "/chat/v1/sessions/1");
        let elsewhere = Response::builder().header(LOCATION, "https://a.example/").body(Body::empty()).unwrap();
        assert_eq!(put("/chat", elsewhere).await.headers()[LOCATION], "https://a.example/");
    }
}

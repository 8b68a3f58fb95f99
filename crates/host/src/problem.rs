//! How the host says no: RFC 9457 documents in the words of the module's table, and a page for each code.
//!
//! A problem says nothing of insides: a code, its title, and at most one fixed sentence.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;

use crate::engine::{Answer, Engine};
use crate::reply;

/// The media type of problems.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The answer for a code of the table.
pub(crate) fn response(engine: &Engine, code: &str, detail: Option<&str>) -> Response {
    let (status, body) = engine.problem(code, detail);
    document(status, body)
}

/// The answer for a problem document that the module wrote.
pub(crate) fn document(status: u16, body: Bytes) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply::private(status, PROBLEM_JSON, body);
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        StatusCode::UNAUTHORIZED => {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    response
}

/// The code of an answer that is a problem; all that the host reads of one.
pub(crate) fn code(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    let problem: Problem = (answer.status >= 400).then(|| serde_json::from_slice(&answer.body).ok()).flatten()?;
    Some(problem.code)
}

/// The page that a problem's `type` leads to; `None` for a code that the table does not have.
pub(crate) fn page(engine: &Engine, code: &str) -> Option<Response> {
    let (status, retryable, title) = engine.code(code)?;
    // A code of the table is letters alone, so both can stand in a page as they are; the title is escaped for the day it is not.
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let again = if retryable { "Trying again later may help." } else { "The same request will not succeed later." };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{code}</title>\n<h1>{code}</h1>\n<p>{title}</p>\n<p>HTTP status {status}. {again}</p>\n</html>\n"
    );
    let mut response = Response::new(Body::from(html));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    reply::guard_page(response.headers_mut());
    Some(response)
}

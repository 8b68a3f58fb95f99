//! Bodies of requests: their media type, their size, and how long they may take. What they say is passed on as it came.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;

use super::refusal::Refusal;

/// The largest body of a route that takes JSON.
const BODY_BYTES_MAX: usize = 1 << 20;
/// A body that takes longer is not waited for.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// Reads a JSON body as it came; empty where there is none.
pub(super) async fn json(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let is_json = is_of_type(headers, &["application/json", "application/merge-patch+json"]);
    // A length that is known and not zero is a body; one in chunks may turn out to be none, so it is read first.
    if declared.is_some() && !is_json {
        return Err(unsupported());
    }
    let collecting = Limited::new(body, BODY_BYTES_MAX).collect();
    let collected = tokio::time::timeout(BODY_TIME_MAX, collecting)
        .await
        .map_err(|_| Refusal::with("malformed", "The body did not arrive in time."))?;
    let bytes = match collected {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
        Err(_) => return Err(Refusal::with("malformed", "The body broke off.")),
    };
    if bytes.is_empty() || is_json { Ok(bytes) } else { Err(unsupported()) }
}

/// Whether a request's body is of one of these media types, whatever their parameters.
pub(super) fn is_of_type(headers: &HeaderMap, types: &[&str]) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    types.iter().any(|wanted| essence.eq_ignore_ascii_case(wanted))
}

fn too_large() -> Refusal {
    Refusal::with("tooLarge", "A body has at most 1 MiB.")
}

fn unsupported() -> Refusal {
    Refusal::with("unsupportedMediaType", "This route takes application/json.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    async fn read(content_type: Option<&'static str>, body: Vec<u8>) -> Result<Bytes, Refusal> {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        json(&headers, Body::from(body)).await
    }

    #[tokio::test]
    async fn json_or_nothing() {
        assert!(read(None, Vec::new()).await.is_ok_and(|bytes| bytes.is_empty()));
        assert!(read(Some("text/plain"), Vec::new()).await.is_ok());
        assert!(read(Some("Application/JSON; charset=utf-8"), b"{}".to_vec()).await.is_ok_and(|bytes| &*bytes == b"{}"));
        for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")] {
            assert_eq!(read(content_type, b"{}".to_vec()).await, Err(unsupported()), "{content_type:?}");
        }
    }

    #[tokio::test]
    async fn one_byte_over_the_limit_is_too_large() {
        assert!(read(Some("application/json"), vec![b' '; BODY_BYTES_MAX]).await.is_ok());
        assert_eq!(read(Some("application/json"), vec![b' '; BODY_BYTES_MAX + 1]).await, Err(too_large()));
    }
}

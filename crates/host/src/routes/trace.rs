//! Which request a line of the log belongs to: the trace of its `traceparent` header (W3C Trace Context), else one of its own.
//!
//! A span says the route as the documentation has it and never the path, which holds ids, nor anything that a client wrote freely.

use axum::http::HeaderMap;
use tracing::Span;

/// The trace that a request says it is part of.
pub(super) fn id(headers: &HeaderMap) -> Option<&str> {
    let mut fields = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace, parent) = (fields.next()?, fields.next()?, fields.next()?);
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) && text.bytes().any(|byte| byte != b'0')
    };
    let is_one = version.len() == 2 && version != "ff" && is_hex(trace, 32) && is_hex(parent, 16);
    is_one.then_some(trace)
}

/// The span of a request. Whoever names a trace finds the warnings about it too, whatever else is logged.
pub(super) fn span(headers: &HeaderMap, method: &'static str, route: &'static str) -> Span {
    if let Some(trace) = id(headers) {
        return tracing::error_span!("request", trace, method, route);
    }
    let span = tracing::info_span!("request", trace = tracing::field::Empty, method, route);
    if !span.is_disabled() {
        let trace = uuid::Builder::from_random_bytes(random()).into_uuid().simple().to_string();
        span.record("trace", trace);
    }
    span
}

/// A trace's id is no secret; without entropy all are zero.
fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    let _ = getrandom::fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_trace_is_taken_only_where_it_is_one() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", HeaderValue::from_str(value).expect("it is a header's value"));
            id(&headers).map(str::to_owned)
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(of(&format!("00-{trace}-00f067aa0ba902b7-01")).as_deref(), Some(trace));
        assert_eq!(of(&format!("cc-{trace}-00f067aa0ba902b7-01-what-comes-later")).as_deref(), Some(trace));
        for bad in [
            "",
            "00",
            trace,
            &format!("ff-{trace}-00f067aa0ba902b7-01"),
            &format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            &format!("00-{trace}x-00f067aa0ba902b7-01"),
            &format!("00-{trace}-0-01"),
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}

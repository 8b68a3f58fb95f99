//! Which request a line of the log belongs to: the trace of its `traceparent` header (W3C Trace Context), else one of its own.
//!
//! A span says the route as the documentation has it and never the path, which holds ids, nor anything that a client wrote freely.

use axum::http::HeaderMap;
use opentelemetry::Context;
use tracing::Span;

use crate::spans::{self, Parent};

/// The span of another program that a request says it is part of.
pub(super) fn parent(headers: &HeaderMap) -> Option<Parent<'_>> {
    let mut fields = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace, span) = (fields.next()?, fields.next()?, fields.next()?);
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) && text.bytes().any(|byte| byte != b'0')
    };
    let is_one = version.len() == 2 && version != "ff" && is_hex(trace, 32) && is_hex(span, 16);
    // The lowest bit of the flags says whether whoever calls keeps the trace.
    let is_sampled = fields.next().and_then(|flags| u8::from_str_radix(flags, 16).ok()).is_none_or(|flags| flags & 1 == 1);
    is_one.then_some(Parent { trace, span, is_sampled })
}

/// The span of a request. Whoever names a trace finds the warnings about it too, whatever else is logged; one that is exported has the
/// trace that it is exported with.
pub(super) fn span(parent: Option<Parent<'_>>, exported: Option<&Context>, method: &'static str, route: &'static str) -> Span {
    if let Some(Parent { trace, .. }) = parent {
        return tracing::error_span!("request", trace, method, route);
    }
    let span = tracing::info_span!("request", trace = tracing::field::Empty, method, route);
    if !span.is_disabled() {
        let trace = exported.map_or_else(|| uuid::Builder::from_random_bytes(random()).into_uuid().simple().to_string(), spans::trace);
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
            parent(&headers).map(|parent| (parent.trace.to_owned(), parent.is_sampled))
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (flags, is_sampled) in [("01", true), ("00", false), ("03", true), ("zz", true)] {
            assert_eq!(of(&format!("00-{trace}-00f067aa0ba902b7-{flags}")), Some((trace.to_owned(), is_sampled)), "{flags}");
        }
        assert_eq!(of(&format!("cc-{trace}-00f067aa0ba902b7-01-what-comes-later")), Some((trace.to_owned(), true)));
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

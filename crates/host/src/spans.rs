//! Spans of requests, and of what they ask of sessions, handed to a collector by OTLP over HTTP.
//!
//! What is in a span is named here: a route, a method, a status, a kind, a code, each out of a fixed set. So nothing that a client wrote,
//! no id and no secret can be in one. A collector that does not answer costs nothing but the spans.

mod courier;

use std::time::{Duration, SystemTime};

use axum::http::Uri;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use courier::Courier;

/// Where a collector takes spans, when nobody says otherwise.
const PATH: &str = "/v1/traces";
/// How long those that are left may take when the host goes down.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// See the module's documentation.
pub struct Spans {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// Why spans cannot be handed on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadCollector {
    /// It is no address of one.
    #[error("{0:?}: write http://HOST:PORT, or a whole address such as http://127.0.0.1:4318/v1/traces")]
    Address(String),
    /// What hands them on cannot be set up.
    #[error("spans cannot be exported: {0}")]
    Exporter(String),
}

/// The span of another program that a request is part of (W3C Trace Context); the digits have been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent<'a> {
    pub(crate) trace: &'a str,
    pub(crate) span: &'a str,
    pub(crate) is_sampled: bool,
}

impl Spans {
    /// Hands spans to the collector at an address. Needs a tokio runtime.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn to(collector: &str) -> Result<Self, BadCollector> {
        let client = Courier::new();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(address(collector)?)
            .build()
            .map_err(|error| BadCollector::Exporter(error.to_string()))?;
        let resource = Resource::builder()
            .with_service_name(std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "colloq".into()))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("colloq");
        Ok(Self { provider, tracer })
    }

    /// The span of a request, which begins.
    pub(crate) fn begin(&self, parent: Option<Parent<'_>>, method: &'static str, route: &'static str) -> Context {
        let outside = match parent.and_then(remote) {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        let span = self
            .tracer
            .span_builder(format!("{method} {route}"))
            .with_kind(SpanKind::Server)
            .with_attributes([KeyValue::new("http.request.method", method), KeyValue::new("http.route", route)])
            .start_with_context(&self.tracer, &outside);
        outside.with_span(span)
    }

    /// What was asked of a session within the request that is being answered, if there is one; it ends now.
    pub(crate) fn note_command(&self, kind: &'static str, outcome: &str, took: Duration) {
        let now = SystemTime::now();
        let builder = self
            .tracer
            .span_builder(kind)
            .with_start_time(now.checked_sub(took).unwrap_or(now))
            .with_attributes([KeyValue::new("colloq.kind", kind), KeyValue::new("colloq.outcome", outcome.to_owned())]);
        builder.start_with_context(&self.tracer, &Context::current()).end_with_timestamp(now);
    }

    /// Hands on those that are left; blocks its thread.
    pub fn close(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(CLOSE_TIME) {
            tracing::warn!(%error, "the last spans could not be exported");
        }
    }
}

/// A request was answered.
pub(crate) fn end(context: &Context, status: u16) {
    let span = context.span();
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
    span.end();
}

/// The trace that a span is part of, in hex.
pub(crate) fn trace(context: &Context) -> String {
    context.span().span_context().trace_id().to_string()
}

fn remote(parent: Parent<'_>) -> Option<SpanContext> {
    let (trace, span) = (TraceId::from_hex(parent.trace).ok()?, SpanId::from_hex(parent.span).ok()?);
    let flags = if parent.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    Some(SpanContext::new(trace, span, flags, true, TraceState::default()))
}

/// A collector's whole address.
fn address(collector: &str) -> Result<String, BadCollector> {
    let bad = || BadCollector::Address(collector.to_owned());
    let uri: Uri = collector.parse().map_err(|_| bad())?;
    // Whoever puts a secret into an address would find it in logs.
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(bad)?;
    if uri.scheme_str() != Some("http") {
        return Err(bad());
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(format!("http://{authority}{}", if path == "/" { PATH } else { path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whole_or_gets_the_usual_path() {
        for (said, whole) in [
            ("http://127.0.0.1:4318", Some("http://127.0.0.1:4318/v1/traces")),
            ("http://collector:4318/", Some("http://collector:4318/v1/traces")),
            ("http://[::1]:4318/otlp/v1/traces?x=1", Some("http://[::1]:4318/otlp/v1/traces?x=1")),
            ("https://collector", None),
            ("http://user:secret@collector", None),
            ("collector:4318", None),
            ("/v1/traces", None),
            ("", None),
        ] {
            assert_eq!(address(said).ok().as_deref(), whole, "{said}");
        }
    }
}

//! Spans, at a real collector: who called is their parent, what was asked is in them, and a collector that is gone is no harm.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use colloq_tests::host::{Place, new_id};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message as _;
use serde_json::json;

use crate::{KEY, follow, id, session, soon, user};

/// A collector, as OTLP has it over HTTP.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let received = Arc::<Mutex<Vec<Bytes>>>::default();
        let keep = Arc::clone(&received);
        let take = move |headers: HeaderMap, body: Bytes| async move {
            assert_eq!(headers["content-type"], "application/x-protobuf");
            keep.lock().push(body);
            StatusCode::OK
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/traces", post(take))).await });
        Self { address, received }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All bytes that came, as text as far as they are.
    pub(crate) fn text(&self) -> String {
        self.received.lock().iter().map(|body| String::from_utf8_lossy(body).into_owned()).collect()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let decode = |body: &Bytes| ExportTraceServiceRequest::decode(body.clone()).expect("it is protobuf");
        self.received.lock().iter().map(decode).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let scopes = self.requests().into_iter().flat_map(|request| request.resource_spans).flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Any::StringValue(text)) => text,
        Some(Any::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_reach_a_collector_with_whoever_called_as_their_parent() {
    let (collector, place) = (Collector::start().await, Place::new());
    let setup = place.setup().env("COLLOQ_KEYS", &format!("web:{KEY}")).env("COLLOQ_LOG", "info").env("OTEL_BSP_SCHEDULE_DELAY", "100");
    let host = setup.flag("--log-format", "json").flag("--otlp", &collector.url()).start().await;
    let ada = user(&host, "ada").await;
    let path = session(&ada).await;
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let said = |traceparent: String| {
        let (ada, path) = (ada.clone(), path.clone());
        async move {
            let headers = [("content-type", "application/json"), ("traceparent", &*traceparent)];
            let body = json!({"type": "user", "content": "x"}).to_string();
            ada.send("POST", &format!("{path}/messages"), &headers, body).await.expect("an answer").expect(201)
        }
    };
    said(format!("00-{trace}-{parent}-01")).await;
    // Whoever calls does not keep this one.
    let unkept = "4bf92f3577b34da6a3ce929d0e0e4737";
    said(format!("00-{unkept}-{parent}-00")).await;
    assert_eq!(ada.get(&format!("/v1/sessions/{}", new_id())).await.status, 404);
    let mut link = follow(&host, &ada, &path).await;
    let command = json!({"id": [new_id(), 1], "kind": "rename", "title": "x"});
    link.send(&json!({"kind": "submit", "session": id(&path), "base": 3, "commands": [command]})).await.expect("it is sent");
    link.next_of("entries").await.expect("it is accepted");
    soon("spans come by themselves", async || collector.spans().iter().any(|span| span.name == "submit")).await;
    // The last ones come when the host goes down.
    ada.get(&path).await.expect(200);
    drop(link);
    host.terminate().await;
    host.assert_unbroken();
    let log = host.log();
    assert!(host.ended().await.success());
    let spans = collector.spans();
    let request = spans.iter().find(|span| hex(&span.trace_id) == trace && span.kind == 2).expect("a server's span of that trace");
    assert_eq!((&*request.name, &*hex(&request.parent_span_id)), ("POST /v1/sessions/{id}/messages", parent));
    assert_eq!(attribute(request, "http.request.method"), "POST");
    assert_eq!(attribute(request, "http.route"), "/v1/sessions/{id}/messages");
    assert_eq!(attribute(request, "http.response.status_code"), "201");
    assert!(request.end_time_unix_nano > request.start_time_unix_nano);
    let command = spans.iter().find(|span| span.parent_span_id == request.span_id).expect("what was asked of the session");
    assert_eq!((&*command.name, &command.trace_id), ("appendMessage", &request.trace_id));
    assert_eq!((attribute(command, "colloq.kind"), attribute(command, "colloq.outcome")), ("appendMessage".into(), "ok".into()));
    assert!(spans.iter().all(|span| hex(&span.trace_id) != unkept), "a trace that nobody keeps");
    let refused = spans.iter().find(|span| attribute(span, "colloq.outcome") == "sessionNotFound").expect("what was refused");
    let reading = spans.iter().find(|span| span.span_id == refused.parent_span_id).expect("its request");
    assert_eq!(attribute(reading, "http.response.status_code"), "404");
    // A request that nobody named a trace for is in the log by the one that it was exported with.
    assert!(log.contains(&hex(&reading.trace_id)), "{log}");
    assert!(spans.iter().any(|span| span.name == "GET /v1/sessions/{id}" && attribute(span, "http.response.status_code") == "200"));
    let resource = collector.requests()[0].resource_spans[0].resource.clone().expect("who it is");
    let named = Span { attributes: resource.attributes, ..Span::default() };
    assert_eq!(attribute(&named, "service.name"), "colloq");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_is_no_harm() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let place = Place::new();
    let setup = place.setup().env("OTEL_BSP_SCHEDULE_DELAY", "50").flag("--otlp", &format!("http://{free}"));
    let host = setup.start().await;
    let path = session(&host.http()).await;
    soon("it is said", async || host.log().contains("the collector does not take spans")).await;
    for _ in 0..5 {
        host.http().get(&path).await.expect(200);
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    }
    assert_eq!(host.log().matches("the collector does not take spans").count(), 1, "{}", host.log());
    host.terminate().await;
    host.assert_unbroken();
    assert!(host.ended().await.success());
    let output = place.setup().flag("--listen", "127.0.0.1:0").flag("--otlp", "https://collector").run().await;
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("http://HOST:PORT"));
}

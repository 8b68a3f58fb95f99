//! An HTTP client of a host: hyper's, with the few requests that tests make.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::PATIENCE;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// A client of one host; its clones share their connections.
#[derive(Clone)]
pub struct Http {
    client: Client<HttpConnector, Body>,
    address: SocketAddr,
    token: Option<String>,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A request whose body is still being sent.
pub struct Upload {
    sender: mpsc::Sender<Result<Frame<Bytes>, std::io::Error>>,
    answer: JoinHandle<anyhow::Result<Reply>>,
}

impl Http {
    /// A client without a token.
    pub fn new(address: SocketAddr) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), address, token: None }
    }

    /// The same client with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The token that it brings.
    pub fn bearer(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Asks for a token of somebody.
    ///
    /// # Panics
    /// If there is none.
    pub async fn token(&self, role: &str, user: &str) -> String {
        let given = self.post("/v1/tokens", &json!({"role": role, "userId": user})).await;
        given.expect(201)["token"].as_str().expect("a token is text").to_owned()
    }

    /// `GET`.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], Bytes::new()).await.expect("an answer comes")
    }

    /// `POST` of JSON.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.write("POST", path, body).await
    }

    /// Any method with JSON.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn write(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.try_write(method, path, body).await.expect("an answer comes")
    }

    /// Any method with JSON; no answer may come.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn try_write(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Reply> {
        self.send(method, path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Any request.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> anyhow::Result<Reply> {
        let body = Full::new(body.into()).map_err(|never| match never {}).boxed_unsync();
        self.carry(self.request(method, path, headers, body)?).await
    }

    /// A request with a body that comes piece by piece, as JSON Lines.
    ///
    /// # Panics
    /// If the path is none.
    pub fn upload(&self, path: &str) -> Upload {
        let (sender, mut pieces) = mpsc::channel(16);
        let body = StreamBody::new(stream::poll_fn(move |context| pieces.poll_recv(context))).boxed_unsync();
        let request = self.request("POST", path, &[(CONTENT_TYPE.as_str(), "application/x-ndjson")], body).expect("it is a request");
        let http = self.clone();
        Upload { sender, answer: tokio::spawn(async move { http.carry(request).await }) }
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> anyhow::Result<Request<Body>> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        let named = |name: &str| headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        if let Some(token) = self.token.as_ref().filter(|_| !named("authorization")) {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.body(body)?)
    }

    /// `GET` of a body that does not end by itself.
    pub(super) async fn open(&self, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<hyper::Response<hyper::body::Incoming>> {
        let body = Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync();
        Ok(timeout(PATIENCE, self.client.request(self.request("GET", path, headers, body)?)).await??)
    }

    async fn carry(&self, request: Request<Body>) -> anyhow::Result<Reply> {
        let response = timeout(PATIENCE, self.client.request(request)).await??;
        let (head, body) = response.into_parts();
        let body = timeout(PATIENCE, body.collect()).await??.to_bytes();
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }
}

impl Reply {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body of an answer that has to have this status.
    ///
    /// # Panics
    /// If it has another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// A header's value; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The code of a problem document; empty where it is none.
    pub fn code(&self) -> String {
        if self.header("content-type") != "application/problem+json" {
            return String::new();
        }
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The version that a write made.
    ///
    /// # Panics
    /// If the answer names none.
    #[track_caller]
    pub fn version(&self) -> u64 {
        self.header("colloq-version").parse().unwrap_or_else(|_| panic!("a write says its version: {self:?}"))
    }
}

impl Upload {
    /// Sends a piece of the body.
    ///
    /// # Errors
    /// If nobody takes it any more.
    pub async fn send(&mut self, piece: impl Into<Bytes>) -> anyhow::Result<()> {
        Ok(self.sender.send(Ok(Frame::data(piece.into()))).await?)
    }

    /// Ends the body, and waits for the answer.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn finish(self) -> anyhow::Result<Reply> {
        drop(self.sender);
        self.answer.await?
    }

    /// Waits for the answer without ending the body.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn answer(self) -> anyhow::Result<Reply> {
        let Self { sender, answer } = self;
        let reply = answer.await?;
        drop(sender);
        reply
    }

    /// Breaks the connection off in the middle of the body.
    pub async fn cut(self) {
        // The client gives up at an error of its own body, and closes the connection without an end of the body.
        let _ = self.sender.send(Err(std::io::ErrorKind::BrokenPipe.into())).await;
        let _ = self.answer.await;
    }
}

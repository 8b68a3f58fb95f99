//! A host that runs, as a client of its HTTP interface. The secret of its key comes from a file or the environment, never from a flag.

use std::env;
use std::path::Path;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::Failure;
use super::connector::Connector;

/// See the module's documentation.
pub(crate) struct Remote {
    client: Client<Connector, Body>,
    base: String,
    secret: Option<String>,
}

/// All that is read of a problem document.
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: Option<String>,
    title: Option<String>,
}

impl Remote {
    /// A host at `http://NAME:PORT` or `https://NAME:PORT`; with TLS the certificate is signed by those in the file, where there is one.
    pub(crate) fn new(url: &str, key: Option<&Path>, ca: Option<&Path>) -> Result<Self, Failure> {
        let base = url.trim_end_matches('/');
        let connector = match (base.split_once("://").map(|(scheme, _)| scheme), ca) {
            (Some("https"), ca) => Connector::tls(ca)?,
            (Some("http"), None) => Connector::plain(),
            (Some("http"), Some(_)) => return Err(Failure::new("badUrl", "--ca-file is for hosts with TLS: write https://HOST:PORT")),
            _ => return Err(Failure::new("badUrl", "write http://HOST:PORT or https://HOST:PORT")),
        };
        let secret = match key {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| Failure::of_file(path, &error))?.trim().to_owned()),
            None => env::var("COLLOQ_KEY").ok(),
        };
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), base: base.to_owned(), secret })
    }

    /// A body that is read as it comes.
    pub(crate) async fn get(&self, path: &str) -> Result<Incoming, Failure> {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// Sends a body and reads the answer.
    pub(crate) async fn post(&self, path: &str, content_type: &'static str, body: Body) -> Result<Bytes, Failure> {
        let answer = self.send(Method::POST, path, Some(content_type), body).await?;
        Ok(answer.collect().await.map_err(|error| self.unreachable(&error))?.to_bytes())
    }

    /// The next bytes of an answer; `None` behind its end.
    pub(crate) async fn next(&self, body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
        loop {
            match body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(Failure::new("brokenOff", format!("{}: the answer broke off: {error}", self.base))),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    async fn send(&self, method: Method, path: &str, content_type: Option<&'static str>, body: Body) -> Result<Incoming, Failure> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(secret) = &self.secret {
            request = request.header(AUTHORIZATION, format!("Bearer {secret}"));
        }
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        // The error of a bad header would show the secret.
        let request = request.body(body).map_err(|_| Failure::new("badUrl", "the URL or the key holds what cannot be sent"))?;
        let answer = self.client.request(request).await.map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| self.unreachable(&error))?.to_bytes();
        Err(match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Failure::new(problem.code, problem.detail.or(problem.title).unwrap_or_default()),
            Err(_) => Failure::new("unreachable", format!("{} answers {status}, which no host of colloq does", self.base)),
        })
    }

    fn unreachable(&self, error: &dyn std::error::Error) -> Failure {
        let why = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        Failure::new("unreachable", format!("{}: {why}", self.base))
    }
}

/// A text as a segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") }).collect()
}

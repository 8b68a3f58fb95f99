//! Carries encoded spans to their collector, with the client that the host has anyway. It needs no TLS: a collector stands beside it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long a collector may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 10;

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct Courier {
    client: Client<HttpConnector, Full<Bytes>>,
    /// The exporter has a thread of its own, which is none of the runtime's.
    runtime: Handle,
    is_failing: Arc<AtomicBool>,
}

impl Courier {
    pub(super) fn new() -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, runtime: Handle::current(), is_failing: Arc::default() }
    }

    async fn send(self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let result = timeout(ANSWER_TIME, self.carry(request)).await.unwrap_or_else(|error| Err(error.into()));
        let why = match &result {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        // It is said once, and not twelve times a minute.
        if !self.is_failing.swap(why.is_some(), Ordering::Relaxed)
            && let Some(why) = why
        {
            tracing::warn!(why, "the collector does not take spans");
        }
        result
    }

    async fn carry(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = self.client.request(request.map(Full::new)).await?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    }
}

impl HttpClient for Courier {
    fn send_bytes<'this, 'sending>(&'this self, request: Request<Bytes>) -> Sending<'sending>
    where
        'this: 'sending,
        Self: 'sending,
    {
        let sending = self.runtime.spawn(self.clone().send(request));
        Box::pin(async move { sending.await? })
    }
}

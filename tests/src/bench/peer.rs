//! The peer of the HTTP rows: axum with handlers that do nothing but what the row names.
//!
//! It answers the same bytes under the same headers as the host does, so that what differs is what the host does to come to them.

use std::io::{BufRead as _, Read as _};

use anyhow::{Context as _, Result};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router, body::Bytes};
use serde::{Deserialize, Serialize};

use super::http::{Answer, headers};

/// Headers that a server writes by itself.
const BY_ITSELF: [&str; 3] = ["date", "content-length", "connection"];

/// The answers that it gives.
#[derive(Serialize, Deserialize)]
pub struct Script {
    /// To a read.
    pub read: Fixed,
    /// To a write.
    pub write: Fixed,
}

/// An answer that is always the same.
#[derive(Serialize, Deserialize)]
pub struct Fixed {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Fixed {
    /// An answer as another server gave it.
    ///
    /// # Errors
    /// Where it is not text.
    pub fn of(answer: &Answer<'_>) -> Result<Self> {
        let head = std::str::from_utf8(answer.head)?;
        let own = headers(head).filter(|(name, _)| !BY_ITSELF.contains(&&*name.to_ascii_lowercase()));
        let headers = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { status: answer.status, headers, body: std::str::from_utf8(answer.body)?.to_owned() })
    }

    /// Its body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// How long its body is.
    pub fn bytes(&self) -> usize {
        self.body.len()
    }

    pub(super) fn ready(self) -> Result<Ready> {
        let header = |(name, value): (String, String)| Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?));
        let headers = self.headers.into_iter().map(header).collect::<Result<HeaderMap>>()?;
        Ok((StatusCode::from_u16(self.status)?, headers, Bytes::from(self.body)))
    }
}

/// An answer that costs no more than its copies.
pub(super) type Ready = (StatusCode, HeaderMap, Bytes);

/// A message as a page posts it.
#[derive(Deserialize)]
struct Message {
    r#type: String,
    content: String,
}

/// Serves what its standard input says, until that ends.
///
/// # Errors
/// Why it does not.
pub fn serve() -> Result<()> {
    let Script { read, write } = told()?;
    let (read, write) = (read.ready()?, write.ready()?);
    let router = Router::new()
        .route("/v1/sessions/{id}", get(constant).with_state(read))
        .route("/v1/sessions/{id}/messages", post(parse).with_state(write));
    run(std::future::ready(Ok(router)))
}

/// What the first line of standard input says.
pub(super) fn told() -> Result<Script> {
    let mut told = String::new();
    std::io::stdin().lock().read_line(&mut told)?;
    Ok(serde_json::from_str(&told)?)
}

/// Serves a router on a port that it prints, until standard input ends.
pub(super) fn run(router: impl Future<Output = Result<Router>>) -> Result<()> {
    std::thread::spawn(|| {
        // Whoever started it is gone, however that came about.
        let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let router = router.await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a fresh connection takes its options"));
        axum::serve(listener, router).await.context("axum serves")
    })
}

async fn constant(State(ready): State<Ready>) -> Ready {
    ready
}

async fn parse(State(ready): State<Ready>, Json(message): Json<Message>) -> Ready {
    std::hint::black_box((message.r#type, message.content));
    ready
}

//! The life of a connection: TLS where there is any, then requests one after the other, each within its bounds.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::tls::Tls;
use crate::patience::Patience;
use crate::routes::dispatch;
use crate::state::AppState;
use crate::visit::Visit;

/// A client that takes longer to send the head of a request, or to begin another, is let go; so is one that does not get through with TLS.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// The largest head of a request.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Counts a connection while it lives.
struct Open(AppState);

impl Open {
    fn new(state: &AppState) -> Self {
        state.engine().gauges().note_connections(1);
        Self(state.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.engine().gauges().note_connections(-1);
    }
}

/// Serves a connection until it ends.
pub(super) async fn serve(stream: TcpStream, tls: Option<Arc<Tls>>, state: AppState, visit: Visit, _permit: OwnedSemaphorePermit) {
    // Answers are whole when they are written; to wait for more would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let _open = Open::new(&state);
    let Some(tls) = tls else { return serve_requests(Patience::new(stream), &state, visit).await };
    match timeout(HEAD_TIME_MAX, tls.accept(Patience::new(stream))).await {
        Ok(Ok(stream)) => serve_requests(stream, &state, visit).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection did not get through with TLS"),
        Err(_) => tracing::debug!("a connection did not get through with TLS in time"),
    }
}

async fn serve_requests<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, state: &AppState, visit: Visit) {
    let service = service_fn(|request: hyper::Request<Incoming>| async move { Ok::<_, Infallible>(dispatch(state, visit, request).await) });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(HEAD_BYTES_MAX);
    if state.is_closing() {
        // It comes while the host drains: one answer, and nobody waits for it.
        http.keep_alive(false);
        let _ = http.serve_connection(TokioIo::new(stream), service).await;
        return;
    }
    let mut closing = state.closing();
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

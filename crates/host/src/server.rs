//! Serves the doors: accepts connections, bounds them, and goes down in order.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use crate::patience::Patience;
use crate::routes::dispatch;
use crate::state::AppState;

const CONNECTIONS_MAX: usize = 65_536;
/// A client that takes longer to send the head of a request is let go.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// The largest head of a request.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// After the system refused a connection (no more file descriptors), so long is waited for some to be closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The doors as an axum router, to be served or nested by whoever embeds the host.
pub fn router(state: AppState) -> Router {
    Router::new().fallback(move |request: Request| {
        let state = state.clone();
        async move { dispatch(&state, request).await }
    })
}

/// Serves until `stop` answers; then finishes what runs, for at most `drain`, and brings the engine down.
pub async fn serve(listener: TcpListener, state: AppState, stop: impl Future<Output = ()>, drain: Duration) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        match accepted {
            Ok((stream, permit)) => {
                tokio::spawn(serve_connection(stream, state.clone(), permit));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    state.close();
    let started = Instant::now();
    tokio::select! {
        drained = timeout(drain, state.closed()) => if drained.is_err() {
            tracing::warn!("connections were still open when the time to drain was over");
        },
        // Whoever looks meanwhile is told that this host goes down, and not that there is none.
        () = turn_away(&listener, &state, &permits) => {}
    }
    drop(listener);
    state.engine().shutdown(drain.saturating_sub(started.elapsed())).await;
}

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

/// Answers those that come while the host drains; it waits for none of them.
async fn turn_away(listener: &TcpListener, state: &AppState, permits: &Arc<Semaphore>) {
    loop {
        match accept(listener, permits).await {
            Ok((stream, permit)) => {
                tokio::spawn(answer_once(stream, state.clone(), permit));
            }
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn answer_once(stream: TcpStream, state: AppState, _permit: OwnedSemaphorePermit) {
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let state = &state;
        async move { Ok::<_, Infallible>(dispatch(state, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(HEAD_BYTES_MAX).keep_alive(false);
    // A connection that breaks off is nobody's loss now.
    let _ = http.serve_connection(TokioIo::new(Patience::new(stream)), service).await;
}

async fn serve_connection(stream: TcpStream, state: AppState, _permit: OwnedSemaphorePermit) {
    // Answers are whole when they are written; to wait for more would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let mut closing = state.closing();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let state = &state;
        async move { Ok::<_, Infallible>(dispatch(state, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Patience::new(stream)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
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

//! Serves the doors: accepts connections, bounds them, and goes down in order.

mod connection;
mod tls;

pub use tls::{Tls, TlsError};

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::routes::dispatch;
use crate::state::AppState;
use crate::visit::{Door, Visit};

const CONNECTIONS_MAX: usize = 65_536;
/// After the system refused a connection (no more file descriptors), so long is waited for some to be closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The doors as an axum router, to be served or nested by whoever embeds the host.
pub fn router(state: AppState) -> Router {
    Router::new().fallback(move |request: Request| {
        let state = state.clone();
        async move { dispatch(&state, Visit::default(), request).await }
    })
}

/// Where a host listens, and what is behind that door.
pub struct Listening {
    listener: TcpListener,
    door: Door,
    tls: Option<Arc<Tls>>,
}

impl Listening {
    /// The only door: everything is behind it.
    pub fn only(listener: TcpListener) -> Self {
        Self { listener, door: Door::Only, tls: None }
    }

    /// The door for everybody, where operators have one of their own.
    pub fn public(listener: TcpListener) -> Self {
        Self { listener, door: Door::Public, tls: None }
    }

    /// The operators' own. Who reaches it reads the metrics.
    pub fn admin(listener: TcpListener) -> Self {
        Self { listener, door: Door::Admin, tls: None }
    }

    /// The same with TLS.
    #[must_use]
    pub fn with_tls(self, tls: Option<Arc<Tls>>) -> Self {
        Self { tls, ..self }
    }
}

/// Serves one door with everything behind it; see [`serve_all`].
pub async fn serve(listener: TcpListener, state: AppState, stop: impl Future<Output = ()>, drain: Duration) {
    serve_all(vec![Listening::only(listener)], state, stop, drain).await;
}

/// Serves until `stop` answers; then finishes what runs, for at most `drain`, and brings the engine down.
pub async fn serve_all(doors: Vec<Listening>, state: AppState, stop: impl Future<Output = ()>, drain: Duration) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut accepting = JoinSet::new();
    for listening in doors {
        accepting.spawn(accept_all(listening, state.clone(), Arc::clone(&permits)));
    }
    stop.await;
    state.close();
    let started = Instant::now();
    // Whoever looks meanwhile is told that this host goes down, and not that there is none.
    if timeout(drain, state.closed()).await.is_err() {
        tracing::warn!("connections were still open when the time to drain was over");
    }
    accepting.shutdown().await;
    state.engine().shutdown(drain.saturating_sub(started.elapsed())).await;
}

/// Accepts until it is cancelled. Whoever comes while the host drains gets one answer, and is not waited for.
async fn accept_all(listening: Listening, state: AppState, permits: Arc<Semaphore>) {
    loop {
        match accept(&listening.listener, &permits).await {
            Ok((stream, peer, permit)) => {
                let visit = Visit { door: listening.door, peer: Some(peer), is_tls: listening.tls.is_some() };
                tokio::spawn(connection::serve(stream, listening.tls.clone(), state.clone(), visit, permit));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> io::Result<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer.ip(), permit))
}

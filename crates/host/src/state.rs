//! What every door holds: the engine, the door's keeper, and whether the host is going down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::auth::Auth;
use crate::connect::LinkCount;
use crate::engine::Engine;

/// What every door holds. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    auth: Auth,
    links: LinkCount,
    is_closing: AtomicBool,
    /// Every connection holds a receiver, so that its owners can be counted down.
    closing: watch::Sender<bool>,
}

impl AppState {
    /// Brings engine and door's keeper together.
    pub fn new(engine: Engine, auth: Auth) -> Self {
        let inner =
            Inner { engine, auth, links: LinkCount::default(), is_closing: AtomicBool::new(false), closing: watch::Sender::new(false) };
        Self { inner: Arc::new(inner) }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The door's keeper.
    pub fn auth(&self) -> &Auth {
        &self.inner.auth
    }

    /// The links by user.
    pub(crate) fn links(&self) -> &LinkCount {
        &self.inner.links
    }

    /// Whether the host is going down.
    pub fn is_closing(&self) -> bool {
        self.inner.is_closing.load(Ordering::Relaxed)
    }

    /// Tells every connection to finish; links close with 1012.
    pub fn close(&self) {
        self.inner.is_closing.store(true, Ordering::Relaxed);
        self.inner.closing.send_replace(true);
    }

    /// Waits until no connection is left.
    pub async fn closed(&self) {
        self.inner.closing.closed().await;
    }

    /// Tells when to finish; whoever holds it is waited for.
    pub(crate) fn closing(&self) -> Closing {
        Closing(self.inner.closing.subscribe())
    }
}

/// Tells a connection when to finish.
pub(crate) struct Closing(watch::Receiver<bool>);

impl Closing {
    /// Answers once the host is going down.
    pub(crate) async fn wait(&mut self) {
        // An error means that the state is gone, and the host with it.
        let _ = self.0.wait_for(|is_closing| *is_closing).await;
    }
}

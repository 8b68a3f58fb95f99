//! What every door holds: the engine, the door's keeper, how much anybody may ask for, and whether the host is going down.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::watch;

use crate::auth::Auth;
use crate::connect::LinkCount;
use crate::engine::Engine;
use crate::limits::{Limits, Network, Rates};

/// The most links of a user where nobody says.
const LINKS_A_USER: u32 = 1000;

/// What the doors ask of whoever comes, beside who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoorSettings {
    /// How much anybody may ask for.
    pub rates: Rates,
    /// The most links of a user.
    pub links_a_user: Option<NonZeroU32>,
    /// The proxies that are believed when they say whom a request comes from.
    pub proxies: Vec<Network>,
}

/// What every door holds. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    auth: Auth,
    links: LinkCount,
    limits: Limits,
    proxies: Vec<Network>,
    is_closing: AtomicBool,
    /// Every connection holds a receiver, so that its owners can be counted down.
    closing: watch::Sender<bool>,
}

impl AppState {
    /// Brings engine and door's keeper together.
    pub fn new(engine: Engine, auth: Auth) -> Self {
        Self::with(engine, auth, DoorSettings::default())
    }

    /// The same with settings.
    pub fn with(engine: Engine, auth: Auth, settings: DoorSettings) -> Self {
        let links_max = settings.links_a_user.map_or(LINKS_A_USER, NonZeroU32::get);
        let links = LinkCount::new(Arc::clone(engine.gauges()), links_max);
        let inner = Inner {
            engine,
            auth,
            links,
            limits: Limits::new(settings.rates),
            proxies: settings.proxies,
            is_closing: AtomicBool::new(false),
            closing: watch::Sender::new(false),
        };
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

    /// How much anybody may ask for.
    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The proxies that are believed.
    pub(crate) fn proxies(&self) -> &[Network] {
        &self.inner.proxies
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

    /// A handle that keeps nothing alive.
    pub(crate) fn downgrade(&self) -> WeakState {
        WeakState(Arc::downgrade(&self.inner))
    }

    /// Tells when to finish; whoever holds it is waited for.
    pub(crate) fn closing(&self) -> Closing {
        Closing(self.inner.closing.subscribe())
    }
}

/// What every door holds, as long as there is a door.
pub(crate) struct WeakState(Weak<Inner>);

impl WeakState {
    pub(crate) fn upgrade(&self) -> Option<AppState> {
        self.0.upgrade().map(|inner| AppState { inner })
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

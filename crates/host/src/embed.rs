//! A host inside another program: an engine with its doors as a router, to be nested anywhere, and sessions as typed calls.
//!
//! It sets nothing that a process has once: no subscriber, no registry, no signal handler, no runtime.

mod prefix;
mod session;

pub use session::{CallError, Message, NewMessage, NewSession, Session, SessionState, Stream};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use bytes::Bytes;
use colloq_store::{MemoryStore, Store, StoreError};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::auth::{Auth, Grant, ServerKeys, Source};
use crate::clock::now_ms;
use crate::console;
use crate::engine::{self, EngineError, EngineOptions, Identity, ModuleError, Role, SHARD_BYTES_MAX, SHARD_SESSIONS_MAX};
use crate::routes::{dispatch, session_id};
use crate::state::AppState;
use crate::visit::Visit;

const HIBERNATE_AFTER: Duration = Duration::from_mins(1);
/// How long whatever runs may take to finish.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// Whom the program itself acts as.
const PROGRAM: &str = "program";
const APP: &str = "default";

type Authenticating = Pin<Box<dyn Future<Output = Option<Identity>> + Send>>;
type Authenticate = Arc<dyn Fn(&Parts) -> Authenticating + Send + Sync>;

/// A host inside another program. Cheap to clone.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use colloq_host::engine::{Identity, Role};
/// use colloq_host::{Engine, NewMessage, NewSession};
///
/// let engine = Engine::builder()
///     .store(colloq_store::MemoryStore::new())
///     .authenticate(|request| {
///         // Whatever the program knows a user by: its own cookie, a header of its proxy ...
///         let user = request.headers.get("x-user").and_then(|user| user.to_str().ok()).map(ToOwned::to_owned);
///         async move { user.map(|user| Identity::new("default", Role::User, user)) }
///     })
///     .build()
///     .await?;
/// let app = axum::Router::new().nest_service("/chat", engine.router());
///
/// let session = engine.create(&NewSession { user_id: "ada".into(), ..NewSession::default() }).await?;
/// engine.session(session.id).append(&NewMessage::user("Hello")).await?;
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// axum::serve(listener, app).await?;
/// engine.shutdown().await;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Engine {
    state: AppState,
    authenticate: Option<Authenticate>,
}

/// What an [`Engine`] is made of.
pub struct Builder {
    store: Arc<dyn Store>,
    module: Option<Bytes>,
    shards: usize,
    limits_json: String,
    hibernate_after: Option<Duration>,
    keys: ServerKeys,
    origins: Vec<String>,
    authenticate: Option<Authenticate>,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The program was built without the module, and named none.
    #[error("there is no module: run `cargo xtask build` before the program is compiled, or name a file by `module`")]
    NoModule,
    /// The module cannot be used.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// The store does not say what the doors of its hosts share.
    #[error("the store does not say what its doors share: {0}")]
    Store(#[from] StoreError),
}

impl Engine {
    /// An engine to be made: without more said, one that keeps its sessions in memory and lets nobody in but the program.
    pub fn builder() -> Builder {
        Builder {
            store: Arc::new(MemoryStore::new()),
            module: None,
            shards: engine::default_shards(),
            limits_json: "{}".into(),
            hibernate_after: Some(HIBERNATE_AFTER),
            keys: ServerKeys::default(),
            origins: Vec::new(),
            authenticate: None,
        }
    }

    /// The doors: HTTP, WebSocket and the console. Nest them anywhere with `nest_service`, which takes the page's address with its slash
    /// as well; the addresses in answers follow.
    pub fn router(&self) -> Router {
        let engine = self.clone();
        let answer = move |request: Request| {
            let engine = engine.clone();
            async move { engine.answer(request).await }
        };
        Router::new().fallback(answer)
    }

    async fn answer(&self, request: Request) -> axum::response::Response {
        if let Some(folder) = prefix::folder(&request) {
            return folder;
        }
        let prefix = prefix::of(&request);
        let (mut parts, body) = request.into_parts();
        if let Some(authenticate) = &self.authenticate
            && let Some(identity) = authenticate(&parts).await
        {
            parts.extensions.insert(Arc::new(Grant {
                identity,
                sessions: None,
                issued_ms: 0,
                expires_ms: None,
                source: Source::Program,
                id: [0; 16],
            }));
        }
        let response = dispatch(&self.state, Visit::default(), Request::from_parts(parts, body)).await;
        match prefix {
            Some(prefix) => prefix::put(&prefix, response).await,
            None => response,
        }
    }

    /// Creates a session; the program acts as an operator.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn create(&self, new: &NewSession) -> Result<SessionState, CallError> {
        let id = new.id.or_else(|| session_id::mint(now_ms())).ok_or(EngineError::Internal)?;
        self.session(id).create(new).await
    }

    /// A session, whether there is one or not; the program acts as an operator until it says as whom else.
    pub fn session(&self, id: Uuid) -> Session {
        Session::new(self.state.engine().clone(), Identity::new(APP, Role::Operator, PROGRAM), id)
    }

    /// The engine without its doors.
    pub fn inner(&self) -> &engine::Engine {
        self.state.engine()
    }

    /// Closes the links, waits for what runs (ten seconds at most), and flushes the store.
    pub async fn shutdown(&self) {
        let started = Instant::now();
        self.state.close();
        // What is still open after that is cut off.
        let _ = timeout(DRAIN_TIME, self.state.closed()).await;
        self.state.engine().shutdown(DRAIN_TIME.saturating_sub(started.elapsed())).await;
    }
}

impl Builder {
    /// Where logs live; in memory, where nothing is said.
    #[must_use]
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// The module's file: any with the same raw exports. The one that was built, where nothing is said.
    #[must_use]
    pub fn module(mut self, file: impl Into<Bytes>) -> Self {
        self.module = Some(file.into());
        self
    }

    /// How many shards; four a core, where nothing is said.
    #[must_use]
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = shards;
        self
    }

    /// Changes of the default limits of sessions, as JSON: `{"idleMs": 600000}`.
    #[must_use]
    pub fn limits_json(mut self, limits: impl Into<String>) -> Self {
        self.limits_json = limits.into();
        self
    }

    /// After how long without use a session leaves the memory; a minute, where nothing is said, and `None` for never.
    #[must_use]
    pub fn hibernate_after(mut self, after: Option<Duration>) -> Self {
        self.hibernate_after = after;
        self
    }

    /// Server keys, for programs elsewhere that make tokens.
    #[must_use]
    pub fn keys(mut self, keys: ServerKeys) -> Self {
        self.keys = keys;
        self
    }

    /// An origin whose pages may use the doors from elsewhere. A page of the program itself needs none for HTTP, and for links its own.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Who sends a request, by whatever the program knows them by. `None` leaves it to tokens and server keys.
    #[must_use]
    pub fn authenticate<F, A>(mut self, authenticate: F) -> Self
    where
        F: Fn(&Parts) -> A + Send + Sync + 'static,
        A: Future<Output = Option<Identity>> + Send + 'static,
    {
        self.authenticate = Some(Arc::new(move |parts| Box::pin(authenticate(parts))));
        self
    }

    /// Compiles the module, opens the shards, and takes what hosts share out of the store. Needs a tokio runtime.
    ///
    /// # Errors
    /// Why the module or the store cannot be used.
    pub async fn build(self) -> Result<Engine, BuildError> {
        let module = self.module.or_else(|| console::module().map(Bytes::from_static)).ok_or(BuildError::NoModule)?;
        let options = EngineOptions {
            module,
            store: self.store,
            shards: self.shards,
            limits_json: self.limits_json.into(),
            memory_bytes_max: SHARD_BYTES_MAX,
            sessions_max: SHARD_SESSIONS_MAX,
            hibernate_after: self.hibernate_after,
        };
        let engine = engine::Engine::open(options).await?;
        let state = AppState::new(engine, Auth::with_keys(self.keys, self.origins));
        // So tokens outlive the program where its store does, and are good at every host of it.
        state.share().await?;
        Ok(Engine { state, authenticate: self.authenticate })
    }
}

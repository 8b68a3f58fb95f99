//! A host without doors: axum, and behind it the engine, asked for a session as it is. Nobody is told apart, nothing is limited, and no
//! request is counted or logged; so what it is quicker than the host is what all of that costs, with the host's own routing. What the
//! engine itself counts of a call (its kind, outcome and time) is counted on both sides, and so is no part of the difference.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Router, body::Bytes};
use colloq_host::engine::{CallSpec, Engine, EngineOptions, Identity, Op, Role, SHARD_BYTES_MAX, SHARD_SESSIONS_MAX, default_shards};
use colloq_store::MemoryStore;
use uuid::Uuid;

use super::peer::{self, Script};
use super::standard;
use crate::engine::module_path;

/// What it answers with.
#[derive(Clone)]
struct Bare {
    engine: Engine,
    user: Arc<Identity>,
    session: Uuid,
    headers: HeaderMap,
}

/// Serves reads of the standard session, under the headers that its standard input says, until that ends.
///
/// # Errors
/// Why it does not.
pub fn serve() -> Result<()> {
    let Script { read, .. } = peer::told()?;
    peer::run(async {
        let bare = Bare::new(read.ready()?.1).await?;
        Ok(Router::new().route("/v1/sessions/{id}", get(answer).with_state(bare)))
    })
}

impl Bare {
    async fn new(headers: HeaderMap) -> Result<Self> {
        let options = EngineOptions {
            module: std::fs::read(module_path()).context("the module is built")?.into(),
            store: Arc::new(MemoryStore::new()),
            shards: default_shards(),
            limits_json: Bytes::new(),
            memory_bytes_max: SHARD_BYTES_MAX,
            sessions_max: SHARD_SESSIONS_MAX,
            hibernate_after: None,
        };
        let engine = Engine::open(options).await?;
        let user = Identity::new("default", Role::User, "user-0");
        let session = Uuid::parse_str(&crate::host::new_id())?;
        let ask = async |op, body: String| {
            let answer = engine.call(CallSpec::new(&user, session, op, body.into())).await?;
            ensure!(answer.status == 201, "what is written is taken, not answered with {}", answer.status);
            Ok(())
        };
        ask(Op::Create, "{}".to_owned()).await?;
        for nth in 0..standard::MESSAGES {
            ask(Op::AppendMessage, standard::message(nth)).await?;
        }
        Ok(Self { engine, user: Arc::new(user), session, headers })
    }
}

async fn answer(State(bare): State<Bare>) -> (StatusCode, HeaderMap, Bytes) {
    let spec = CallSpec::new(&bare.user, bare.session, Op::Read { messages: None }, Bytes::new());
    match bare.engine.call(spec).await {
        Ok(answer) => (StatusCode::from_u16(answer.status).unwrap_or_default(), bare.headers, answer.body),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new(), error.to_string().into()),
    }
}

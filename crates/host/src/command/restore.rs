//! `colloq restore`: a backup, or one session out of it, into a store or a running host.
//!
//! The file is read to its end before anything is written. A restore that was interrupted is begun again: what came already is found to
//! be there. A session at an earlier version comes as a fork, with an id of its own, so that no history is cut off that somebody may
//! have seen: not that of the store, and not that of a page that goes on from it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use colloq_host::clock::now_ms;
use colloq_host::config::RestoreOptions;
use colloq_host::console;
use colloq_host::engine::{CallSpec, Engine, EngineOptions, Identity, Op, Role};
use colloq_host::transfer::{Encoder, Header, Mode, Piece, Reading, Report, read_backup, restore_item};
use colloq_store::{Archive, Found, Key, Walk};
use futures_util::stream;
use serde::Deserialize;
use uuid::Uuid;

use super::bar::Bar;
use super::remote::Remote;
use super::stores::{At, Must, place};
use super::{Failure, session};

/// So many sessions are named of which something is to be said.
const NAMED_MAX: usize = 20;

pub(crate) async fn run(options: RestoreOptions) -> Result<String, Failure> {
    // Before a store is made for it.
    let heads = read_all(&options.file).await?;
    if let Some(id) = options.session {
        return one(&options, id).await;
    }
    match place(&options.place, Must::MayBegin).await? {
        At::Store(store) => into_store(&options.file, &store, &heads, options.force).await,
        At::Host(host) => into_host(&options.file, &host).await,
    }
}

/// Where everything in a backup stands; the backup is whole.
async fn read_all(path: &Path) -> Result<HashMap<Key, Found>, Failure> {
    let mut file = read_backup(path).await.map_err(|error| Failure::of_file(path, &error))?;
    let (mut heads, bar) = (HashMap::new(), Bar::open("sessions checked"));
    while let Some(piece) = file.next().await.map_err(|error| Failure::of_backup(path, &error))? {
        if let Piece::Item(item) = piece {
            heads.insert(item.key, item.archived.found());
            bar.step(1);
            bar.bytes(file.offset());
        }
    }
    Ok(heads)
}

async fn into_store(path: &Path, store: &Arc<dyn Archive>, heads: &HashMap<Key, Found>, force: bool) -> Result<String, Failure> {
    if !force {
        refuse_others(store, heads).await?;
    }
    let mut file = read_backup(path).await.map_err(|error| Failure::of_file(path, &error))?;
    let (mut report, bar) = (Report::default(), Bar::of("sessions restored", heads.len() as u64));
    let mode = if force { Mode::Replace } else { Mode::Add };
    while let Some(piece) = file.next().await.map_err(|error| Failure::of_backup(path, &error))? {
        match piece {
            Piece::Header(header) if header.schema_min > 0 => {
                store.raise_schema_min(header.schema_min).await?;
            }
            Piece::Item(item) => {
                restore_item(store, item, mode, &mut report).await?;
                bar.step(1);
            }
            _ => {}
        }
    }
    store.flush().await?;
    drop(bar);
    told(&report)
}

/// A store that holds what the backup does not, or otherwise, is not the one that it is for. One that holds a part of it is.
async fn refuse_others(store: &Arc<dyn Archive>, heads: &HashMap<Key, Found>) -> Result<(), Failure> {
    let (mut walk, mut others, mut first) = (Walk::new(Arc::clone(store)), 0, None);
    while let Some(key) = walk.next().await? {
        if heads.get(&key) != Some(&store.head(&key).await?) {
            others += 1;
            first.get_or_insert(key);
        }
    }
    let Some(first) = first else { return Ok(()) };
    let id = Uuid::from_bytes(first.session);
    Err(Failure::new(
        "storeNotEmpty",
        format!(
            "the store holds {others} sessions that the backup does not hold, or not at the same version, such as {id}; --force restores \
             into it nevertheless, and keeps what is newer there"
        ),
    ))
}

/// What came of it. What was left out because it would have had to be replaced is a failure.
fn told(report: &Report) -> Result<String, Failure> {
    for (key, head) in report.replaced.iter().take(NAMED_MAX) {
        eprintln!("colloq: replaced session {} of app {}, which stood at version {}", Uuid::from_bytes(key.session), key.app, head.version);
    }
    for left in report.left.iter().take(NAMED_MAX) {
        let (id, code) = (Uuid::from_bytes(left.key.session), left.why.code());
        eprintln!("colloq: left session {id} of app {} as it is in the store: {code}", left.key.app);
    }
    let Report { restored, same, replaced, left } = report;
    let said =
        format!("restored {restored} sessions, replaced {}, {same} were there already, left {} as they are", replaced.len(), left.len());
    let is_refused = |left: &colloq_host::transfer::Left| matches!(left.why.code(), "olderInStore" | "otherInStore");
    if left.iter().any(is_refused) { Err(Failure::new("sessionsDiffer", said)) } else { Ok(said) }
}

/// What a host answers.
#[derive(Deserialize)]
struct Answered {
    restored: u64,
    same: u64,
    left: Vec<LeftOut>,
    more: usize,
}

#[derive(Deserialize)]
struct LeftOut {
    session: String,
    code: String,
}

async fn into_host(path: &Path, host: &Remote) -> Result<String, Failure> {
    let body = super::import::body_of(path, Bar::open("bytes sent")).await?;
    let answer = host.post("/v1/restore", "application/octet-stream", body).await?;
    host_told(&answer)
}

fn host_told(answer: &Bytes) -> Result<String, Failure> {
    let answered: Answered = serde_json::from_slice(answer).map_err(|error| Failure::new("unreachable", error.to_string()))?;
    for LeftOut { session, code } in answered.left.iter().take(NAMED_MAX) {
        eprintln!("colloq: left session {session} as it is: {code}");
    }
    let Answered { restored, same, left, more } = answered;
    let said = format!("restored {restored} sessions, {same} were there already, left {} as they are", left.len() + more);
    let is_fine = |left: &LeftOut| matches!(&*left.code, "erased" | "newerInStore");
    if more == 0 && left.iter().all(is_fine) { Ok(said) } else { Err(Failure::new("sessionsDiffer", said)) }
}

/// One session alone: as it is, or as it was.
async fn one(options: &RestoreOptions, id: Uuid) -> Result<String, Failure> {
    let RestoreOptions { file, app, .. } = options;
    let key = session::key(app, id);
    let item = session::in_backup(file, &key).await?.ok_or_else(|| session::missing(app, id))?;
    if let Some(version) = options.at {
        let whole = session::whole(Some(item)).ok_or_else(|| session::missing(app, id))?;
        let mut reading = Reading::open(Bytes::from_static(console::module().unwrap_or_default()))?;
        let state = reading.read(&key, &whole, version.get(), Op::Fork)?;
        let new_id = options.new_id.map_or_else(mint, Ok)?;
        fork(options, new_id, state).await?;
        return Ok(format!("restored session {id} at version {version} as {new_id}"));
    }
    match place(&options.place, Must::MayBegin).await? {
        At::Store(store) => {
            let mut report = Report::default();
            let mode = if options.force { Mode::Replace } else { Mode::Add };
            restore_item(&store, item, mode, &mut report).await?;
            told(&report)
        }
        At::Host(host) => {
            let header = Header { begun_ms: now_ms(), store: "file".into(), schema_min: 0 };
            let (mut encoder, first) = Encoder::begin(&header);
            let item = encoder.item(&item);
            let parts = [first, item, encoder.end()].map(Ok::<_, std::io::Error>);
            let body = Body::from_stream(stream::iter(parts));
            host_told(&host.post("/v1/restore", "application/octet-stream", body).await?)
        }
    }
}

fn mint() -> Result<Uuid, Failure> {
    colloq_host::new_session_id().ok_or_else(|| Failure::new("entropy", "the system gives no entropy"))
}

/// Creates a session out of a fork's state, as any other is created.
async fn fork(options: &RestoreOptions, id: Uuid, state: Bytes) -> Result<(), Failure> {
    match place(&options.place, Must::MayBegin).await? {
        At::Store(store) => {
            let engine = engine(store).await?;
            let identity = Identity::new(&*options.app, Role::Operator, "colloq");
            let answer = engine.call(CallSpec::new(&identity, id, Op::Restore, state)).await?;
            engine.shutdown(std::time::Duration::from_secs(10)).await;
            match refusal(answer.status, &answer.body) {
                Some(code) => Err(Failure::new(code.clone(), format!("session {id} was not created: {code}"))),
                None => Ok(()),
            }
        }
        At::Host(host) => {
            let fields = state.trim_ascii().strip_prefix(b"{").ok_or_else(|| Failure::new("module", "a state is no object"))?;
            let line = [format!("{{\"id\":\"{id}\",").as_bytes(), fields].concat();
            let answer = host.post("/v1/import", "application/x-ndjson", Body::from(line)).await?;
            match super::import::read_answer(&answer)?.failed.first() {
                Some(failed) => Err(Failure::new(failed.code.clone(), format!("session {id} was not created: {}", failed.code))),
                None => Ok(()),
            }
        }
    }
}

/// An engine over a store, for one command.
pub(crate) async fn engine(store: Arc<dyn Archive>) -> Result<Engine, Failure> {
    let options = EngineOptions {
        module: Bytes::from_static(console::module().unwrap_or_default()),
        store,
        shards: 1,
        limits_json: Bytes::from_static(b"{}"),
        memory_bytes_max: 2 << 30,
        sessions_max: 1024,
        hibernate_after: None,
    };
    Ok(Engine::open(options).await?)
}

/// The code of an answer that says no.
pub(crate) fn refusal(status: u16, body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    let code = || serde_json::from_slice(body).map_or_else(|_| "internal".to_owned(), |problem: Problem| problem.code);
    (status >= 400).then(code)
}

//! The binary `colloq`: reads its options, opens the store, runs the engine behind its doors, and goes down in order. Its other commands
//! stand in `command`.

mod command;

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use clap::Parser as _;
use colloq_host::auth::{Auth, ServerKeys};
use colloq_host::config::{Command, CommandLine, Config, ServeOptions, StoreAddress};
use colloq_host::engine::{Engine, EngineOptions};
use colloq_host::transfer::keep_backing_up;
use colloq_host::{AppState, console, server};
use colloq_store::{Archive, MemoryStore, Store};
use colloq_store_redis::RedisStore;
use colloq_store_sqlite::SqliteStore;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// The most memory of a shard; the directory refuses at 70% of it.
const SHARD_BYTES_MAX: u64 = 2 << 30;
/// The most sessions that a shard keeps at hand.
const SHARD_SESSIONS_MAX: u32 = 1 << 20;
const CONFIG_FILE: &str = "colloq.toml";

/// Answers are many small allocations on a few threads; measured against the system's allocator on the doors' benches.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    let filter = EnvFilter::try_from_env("COLLOQ_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let done = match command {
        Command::Serve(options) => run(*options),
        command => runtime().and_then(|runtime| runtime.block_on(command::run(command)).map_err(|failure| anyhow::anyhow!("{failure}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The reasons in one line: whoever reads it set something up, and a backtrace would not help them.
            eprintln!("colloq: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: ServeOptions) -> Result<()> {
    let config = configure(options)?;
    runtime()?.block_on(serve(config))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime does not start")
}

fn configure(said: ServeOptions) -> Result<Config> {
    let named = said.config.clone();
    let path = named.as_deref().unwrap_or(Path::new(CONFIG_FILE));
    let file = match fs::read_to_string(path) {
        Ok(text) => ServeOptions::from_toml(&text).with_context(|| format!("{} cannot be used", path.display()))?,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => ServeOptions::default(),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    Ok(said.over(file).resolve()?)
}

async fn serve(config: Config) -> Result<()> {
    let addresses: Vec<SocketAddr> =
        tokio::net::lookup_host(&config.listen).await.with_context(|| format!("{} is no address to listen on", config.listen))?.collect();
    let auth = authority(&config, &addresses)?;
    let is_development = auth.is_development();
    let Some(module) = console::module() else {
        bail!("this binary was built without its module: run `cargo xtask build`");
    };
    let listener = TcpListener::bind(&*addresses).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr().context("the listener has no address")?;
    let options = EngineOptions {
        module: Bytes::from_static(module),
        store: open_store(&config.store).await?,
        shards: config.shards,
        limits_json: Bytes::from(config.limits_json.clone()),
        memory_bytes_max: SHARD_BYTES_MAX,
        sessions_max: SHARD_SESSIONS_MAX,
        hibernate_after: config.hibernate_after,
    };
    let engine = Engine::open(options).await.context("the engine does not start")?;
    let archive = Arc::clone(engine.store()).archive();
    if let Some(archive) = &archive {
        refuse_later_schema(archive, engine.schema().0).await?;
    }
    if let Some((archive, schedule)) = archive.zip(config.backups.clone()) {
        tokio::spawn(keep_backing_up(archive, schedule));
    }
    let stop = stop_signal()?;
    announce(address, is_development)?;
    server::serve(listener, AppState::new(engine, auth), stop, config.drain).await;
    Ok(())
}

/// A store whose hosts write a later schema than this one knows is not served: its sessions could not be read.
async fn refuse_later_schema(store: &Arc<dyn Archive>, schema: u32) -> Result<()> {
    let needed = store.schema_min().await.context("the store does not say what it needs")?;
    if needed > schema {
        bail!("the store needs hosts that know schema {needed}, this one knows up to {schema}; use a newer version of colloq");
    }
    Ok(())
}

/// Server keys, or development mode; the latter only where nobody else can reach it.
fn authority(config: &Config, addresses: &[SocketAddr]) -> Result<Auth> {
    let mut keys = ServerKeys::default();
    if let Some(path) = &config.keys {
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        keys = ServerKeys::from_lines(&text).with_context(|| format!("{} cannot be used", path.display()))?;
        if keys.is_empty() {
            bail!("{} holds no server key; write name:secret on a line", path.display());
        }
    }
    if let Some(list) = env::var_os("COLLOQ_KEYS") {
        let list = list.into_string().map_err(|_| anyhow::anyhow!("COLLOQ_KEYS is not UTF-8"))?;
        let more = ServerKeys::from_list(&list).and_then(|more| keys.extend(more));
        more.context("COLLOQ_KEYS cannot be used")?;
    }
    if !keys.is_empty() {
        return Ok(Auth::with_keys(keys, config.allow_origins.clone()));
    }
    if let Some(address) = addresses.iter().find(|address| !address.ip().is_loopback()) {
        bail!(
            "{address} can be reached by others, and there are no server keys: set COLLOQ_KEYS=name:secret or --keys FILE \
             (name:secret on a line), or listen on 127.0.0.1"
        );
    }
    Ok(Auth::development(config.dev_hosts.clone()))
}

async fn open_store(address: &StoreAddress) -> Result<Arc<dyn Store>> {
    Ok(match address {
        StoreAddress::Sqlite(path) => Arc::new(SqliteStore::open(path).context("the store does not open")?),
        StoreAddress::Memory => Arc::new(MemoryStore::new()),
        StoreAddress::Redis(address) => Arc::new(RedisStore::open(address.clone()).await.context("the store does not open")?),
    })
}

/// One line for programs, then what to do next for people.
fn announce(address: SocketAddr, is_development: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{address}")?;
    if is_development {
        writeln!(out, "development mode, without server keys: whoever uses this machine may do everything here")?;
        writeln!(out, "open http://{address} for the console, or: curl -X POST http://{address}/v1/sessions")?;
    } else {
        writeln!(out, "make a token for a user: curl http://{address}/v1/tokens -H 'Authorization: Bearer <server key>' \\")?;
        writeln!(out, "  -H 'Content-Type: application/json' -d '{{\"userId\":\"ada\"}}'")?;
    }
    out.flush()?;
    Ok(())
}

/// Answers at SIGTERM or Ctrl-C.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
    Ok(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<Option<()>>();
        tokio::select! {
            _ = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}

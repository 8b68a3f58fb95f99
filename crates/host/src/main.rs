//! The binary `colloq`: reads its options, opens the store, runs the engine behind its doors, and goes down in order. Its other commands
//! stand in `command`.

mod command;
mod keys;
mod setup;

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use clap::Parser as _;
use colloq_host::config::{Command, CommandLine, Config, LogFormat, ServeOptions, StoreAddress};
use colloq_host::engine::{Engine, EngineOptions, SHARD_BYTES_MAX, SHARD_SESSIONS_MAX};
use colloq_host::transfer::keep_backing_up;
use colloq_host::{AppState, console, server};
use colloq_store::{Archive, MemoryStore, Store};
use colloq_store_redis::RedisStore;
use colloq_store_sqlite::SqliteStore;

const CONFIG_FILE: &str = "colloq.toml";

/// Answers are many small allocations on a few threads; measured against the system's allocator on the doors' benches.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Serve(options) => run(*options),
        Command::Keys(command) => keys::run(&command),
        command => {
            setup::start_log(LogFormat::Text);
            runtime().and_then(|runtime| runtime.block_on(command::run(command)).map_err(|failure| anyhow::anyhow!("{failure}")))
        }
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
    setup::start_log(config.doors.log_format);
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
    let auth = setup::authority(&config)?;
    let is_development = auth.is_development();
    let Some(module) = console::module() else {
        bail!("this binary was built without its module: run `cargo xtask build`");
    };
    let (doors, address) = setup::listen(&config, &auth).await?;
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
    let spans = setup::export_spans(&config, &engine)?;
    let archive = Arc::clone(engine.store()).archive();
    if let Some(archive) = &archive {
        refuse_later_schema(archive, engine.schema().0).await?;
    }
    if let Some((archive, schedule)) = archive.zip(config.backups.clone()) {
        tokio::spawn(keep_backing_up(archive, schedule));
    }
    let state = AppState::with(engine, auth, config.doors.settings(is_development));
    state.share().await.context("the store does not say what its doors share")?;
    setup::watch_keys(&config, &state);
    let stop = stop_signal()?;
    announce(&config, address, is_development)?;
    server::serve_all(doors, state, stop, config.drain).await;
    if let Some(spans) = spans {
        tokio::task::spawn_blocking(move || spans.close()).await?;
    }
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

async fn open_store(address: &StoreAddress) -> Result<Arc<dyn Store>> {
    Ok(match address {
        StoreAddress::Sqlite(path) => Arc::new(SqliteStore::open(path).context("the store does not open")?),
        StoreAddress::Memory => Arc::new(MemoryStore::new()),
        StoreAddress::Redis(address) => Arc::new(RedisStore::open(address.clone()).await.context("the store does not open")?),
    })
}

/// One line for programs, then what to do next for people.
fn announce(config: &Config, address: SocketAddr, is_development: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    let scheme = if config.doors.tls.is_some() { "https" } else { "http" };
    writeln!(out, "listening on {scheme}://{address}")?;
    if is_development {
        writeln!(out, "development mode, without server keys: whoever uses this machine may do everything here")?;
        writeln!(out, "open {scheme}://{address} for the console, or: curl -X POST {scheme}://{address}/v1/sessions")?;
    } else {
        writeln!(out, "make a token for a user: curl {scheme}://{address}/v1/tokens -H 'Authorization: Bearer <server key>' \\")?;
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

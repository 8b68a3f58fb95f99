//! Puts a host's doors together as its configuration has them, and has keys and certificates read again when their files change.

use std::env;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use colloq_host::auth::{Auth, JwtKeys, JwtSettings, ServerKeys};
use colloq_host::config::{Config, JwtFile, LogFormat};
use colloq_host::engine::Engine;
use colloq_host::server::{Listening, Tls};
use colloq_host::watched::watch;
use colloq_host::{AppState, Spans};
use tokio::net::{TcpListener, lookup_host};
use tracing_subscriber::EnvFilter;

/// Starts the log, on standard error. `COLLOQ_LOG` says what is in it.
pub(crate) fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("COLLOQ_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().with_current_span(true).with_span_list(false).init(),
    }
}

/// Has spans handed to the collector that the configuration names.
///
/// # Errors
/// Why they cannot be.
pub(crate) fn export_spans(config: &Config, engine: &Engine) -> Result<Option<Arc<Spans>>> {
    let Some(collector) = &config.doors.otlp else { return Ok(None) };
    let spans = Arc::new(Spans::to(collector).context("--otlp")?);
    engine.export_spans(Arc::clone(&spans));
    Ok(Some(spans))
}

/// Listens where the configuration says, and refuses to where a stranger would be let in.
///
/// # Errors
/// Why it cannot.
pub(crate) async fn listen(config: &Config, auth: &Auth) -> Result<(Vec<Listening>, SocketAddr)> {
    let tls = config.doors.tls.as_ref().map(|(certificate, key)| Tls::open(certificate, key).map(Arc::new)).transpose()?;
    let (listener, address) = bind(&config.listen, auth).await?;
    let mut doors = Vec::new();
    match &config.doors.admin_listen {
        None => doors.push(Listening::only(listener).with_tls(tls.clone())),
        Some(admin) => {
            doors.push(Listening::public(listener).with_tls(tls.clone()));
            doors.push(Listening::admin(bind(admin, auth).await?.0));
        }
    }
    if let Some(tls) = tls {
        watch(tls.files(), move || tls.reopen());
    }
    Ok((doors, address))
}

async fn bind(listen: &str, auth: &Auth) -> Result<(TcpListener, SocketAddr)> {
    let addresses: Vec<SocketAddr> = lookup_host(listen).await.with_context(|| format!("{listen} is no address to listen on"))?.collect();
    if auth.is_development()
        && let Some(address) = addresses.iter().find(|address| !address.ip().is_loopback())
    {
        bail!(
            "{address} can be reached by others, and there are no server keys: set COLLOQ_KEYS=name:secret or --keys FILE \
             (name:secret on a line), or listen on 127.0.0.1"
        );
    }
    let listener = TcpListener::bind(&*addresses).await.with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr().context("the listener has no address")?;
    Ok((listener, address))
}

/// Server keys and the identity provider's, or development mode.
///
/// # Errors
/// Which of them cannot be used.
pub(crate) fn authority(config: &Config) -> Result<Auth> {
    let keys = server_keys(config.keys.as_deref())?;
    let mut auth = if keys.is_empty() && config.doors.jwt.is_none() {
        Auth::development(config.dev_hosts.clone())
    } else {
        Auth::with_keys(keys, config.allow_origins.clone())
    };
    if let Some((settings, file)) = &config.doors.jwt {
        let keys = jwt_keys(settings, file)?;
        auth = auth.with_jwt(settings.clone(), keys);
    }
    Ok(if config.doors.has_cookies { auth.with_cookies() } else { auth })
}

/// Has keys read again when their files change: they are replaced without a restart.
pub(crate) fn watch_keys(config: &Config, state: &AppState) {
    if let Some(path) = config.keys.clone() {
        let state = state.clone();
        watch(vec![path.clone()], move || {
            state.set_keys(server_keys(Some(&path)).map_err(|error| format!("{error:#}"))?);
            Ok::<_, String>(())
        });
    }
    if let Some((settings, file)) = config.doors.jwt.clone() {
        let (JwtFile::Key(path) | JwtFile::Set(path)) = &file;
        let (state, path) = (state.clone(), path.clone());
        watch(vec![path], move || {
            state.auth().set_jwt_keys(jwt_keys(&settings, &file).map_err(|error| format!("{error:#}"))?);
            Ok::<_, String>(())
        });
    }
}

fn server_keys(path: Option<&Path>) -> Result<ServerKeys> {
    let mut keys = ServerKeys::default();
    if let Some(path) = path {
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
    Ok(keys)
}

fn jwt_keys(settings: &JwtSettings, file: &JwtFile) -> Result<JwtKeys> {
    let (JwtFile::Key(path) | JwtFile::Set(path)) = file;
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let keys = match file {
        JwtFile::Key(_) => JwtKeys::from_key(settings.algorithm, &bytes),
        JwtFile::Set(_) => JwtKeys::from_set(settings.algorithm, &bytes),
    };
    keys.with_context(|| format!("{} cannot be used", path.display()))
}

//! How a host is set up: flags, then environment variables, then the TOML file, then what it does by itself.
//!
//! It never takes a secret from a flag (other users of the machine see those), and never shows one.

mod doors;
mod span;
mod store;
mod table;
mod tools;

pub use doors::{DoorConfig, DoorOptions, JwtFile, LogFormat};
pub use span::{BadSpan, Span};
pub use store::{BadStore, StoreAddress};
pub use table::table;
pub use tools::{
    BackupOptions, ExportOptions, ImportOptions, InspectOptions, MigrateOptions, Place, RestoreOptions, TokenOptions, TokenRole,
};

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde::Deserialize;

use crate::auth::is_origin;
use crate::engine::default_shards;
use crate::transfer::Schedule;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "colloq", version, about = "Keeps the state of conversations", max_term_width = 100)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves HTTP, WebSocket and the console
    Serve(Box<ServeOptions>),
    /// Writes all that a store holds into a file
    Backup(BackupOptions),
    /// Brings a backup, or a session out of one, into a store
    Restore(RestoreOptions),
    /// Writes sessions as JSON Lines
    Export(ExportOptions),
    /// Brings sessions in from JSON Lines
    Import(ImportOptions),
    /// Moves everything from one store to another, or finishes a change of schema
    Migrate(MigrateOptions),
    /// Shows what a store, a host or a backup holds, and checks it
    Inspect(InspectOptions),
    /// Makes a token and prints it
    Token(TokenOptions),
    /// Makes server keys
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// What can be done with server keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a key, and shows it once
    New(NewKey),
}

/// What a new server key is called.
#[derive(Args, Debug)]
pub struct NewKey {
    /// What it is called
    #[arg(default_value = "web")]
    pub name: String,
    /// The app that it is for [default: default]
    #[arg(long)]
    pub app: Option<String>,
}

/// The options of `serve`. Each is a flag, an environment variable and a key of the TOML file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ServeOptions {
    /// Where to listen [default: 127.0.0.1:8787]
    #[arg(long, env = "COLLOQ_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Where logs live: sqlite:PATH, memory:, or Redis as redis:, redis+cluster: or redis+sentinel: with //HOST [default: sqlite:colloq.db]
    #[arg(long, env = "COLLOQ_STORE", value_name = "STORE")]
    pub store: Option<StoreAddress>,
    /// How many shards [default: four a core]
    #[arg(long, env = "COLLOQ_SHARDS", value_name = "N")]
    pub shards: Option<NonZeroUsize>,
    /// Sessions end after so long without activity [default: 30m]
    #[arg(long, env = "COLLOQ_IDLE", value_name = "TIME")]
    pub idle: Option<Span>,
    /// Sessions end so long after they began [default: 24h]
    #[arg(long, env = "COLLOQ_ABSOLUTE", value_name = "TIME")]
    pub absolute: Option<Span>,
    /// Ended sessions stay readable so long [default: 30d]
    #[arg(long, env = "COLLOQ_RETAIN", value_name = "TIME")]
    pub retain: Option<Span>,
    /// Sessions that nobody used for so long leave the memory until they are asked for again; none for never [default: 1m]
    #[arg(long, env = "COLLOQ_HIBERNATE", value_name = "TIME")]
    pub hibernate: Option<Span>,
    /// How long requests may take to finish after SIGTERM [default: 10s]
    #[arg(long, env = "COLLOQ_DRAIN", value_name = "TIME")]
    pub drain: Option<Span>,
    /// Makes a backup so often [default: never]
    #[arg(long, env = "COLLOQ_BACKUP_EVERY", value_name = "TIME")]
    pub backup_every: Option<Span>,
    /// So many of the newest backups stay [default: 7]
    #[arg(long, env = "COLLOQ_BACKUP_KEEP", value_name = "N")]
    pub backup_keep: Option<NonZeroUsize>,
    /// The folder that they are made in [default: colloq-backups]
    #[arg(long, env = "COLLOQ_BACKUP_DIR", value_name = "DIR")]
    pub backup_dir: Option<PathBuf>,
    /// A file with the same options as keys [default: colloq.toml, where there is one]
    #[arg(long, env = "COLLOQ_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// A file of server keys, one a line.
    // The help shows forms that are no prose, so it is not taken from the sentence above.
    #[arg(help = "A file of server keys, name:secret[:app] or name:sha256:HEX[:app] a line (or COLLOQ_KEYS=name:secret,...)")]
    #[arg(long, env = "COLLOQ_KEYS_FILE", value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Another name of this machine, for development mode; may be given again
    #[arg(long, env = "COLLOQ_DEV_HOST", value_name = "NAME", value_delimiter = ',')]
    pub dev_host: Vec<String>,
    /// An origin whose pages may use this host; may be given again
    #[arg(long, env = "COLLOQ_ALLOW_ORIGIN", value_name = "URL", value_delimiter = ',')]
    pub allow_origin: Vec<String>,
    /// Of the doors.
    #[command(flatten)]
    #[serde(skip)]
    pub doors: DoorOptions,
}

/// How a host is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: String,
    /// Where logs live.
    pub store: StoreAddress,
    /// How many shards.
    pub shards: usize,
    /// Changes of the default limits of sessions, as JSON.
    pub limits_json: String,
    /// After how long without use sessions leave the memory.
    pub hibernate_after: Option<Duration>,
    /// How long requests may take to finish once the host goes down.
    pub drain: Duration,
    /// When backups are made, and where.
    pub backups: Option<Schedule>,
    /// The file of server keys.
    pub keys: Option<PathBuf>,
    /// Other names of this machine.
    pub dev_hosts: Vec<String>,
    /// The origins whose pages may use this host.
    pub allow_origins: Vec<String>,
    /// How the doors are set up.
    pub doors: DoorConfig,
}

/// Why a host cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The TOML file does not hold options.
    #[error("{0}")]
    File(String),
    /// An origin is none.
    #[error("--allow-origin {0:?}: write scheme and host in lower case, such as https://app.example, and no path")]
    Origin(String),
    /// A name of this machine is none.
    #[error("--dev-host {0:?}: write a name without scheme and port, such as box.local")]
    DevHost(String),
    /// There is no end of waiting.
    #[error("--drain none: a stop that never ends is none")]
    Drain,
    /// Half of what TLS takes.
    #[error("--tls-cert and --tls-key go together")]
    Tls,
    /// Half of what an identity provider's tokens take.
    #[error("say --jwt-algorithm, --jwt-issuer, --jwt-audience and either --jwt-key or --jwt-jwks")]
    Jwt,
}

impl ServeOptions {
    /// Reads the options of a TOML file.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        // The parser's own message would show the line, which may hold what is nobody's business; its first line does not.
        let refused = |error: toml::de::Error| ConfigError::File(error.message().to_owned());
        let mut table: toml::Table = toml::from_str(text).map_err(refused)?;
        let doors = DoorOptions::take_from(&mut table).try_into().map_err(refused)?;
        Ok(Self { doors, ..table.try_into().map_err(refused)? })
    }

    /// These options, and those of `below` where these say nothing.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let first = |mine: Vec<String>, theirs| if mine.is_empty() { theirs } else { mine };
        Self {
            listen: self.listen.or(below.listen),
            store: self.store.or(below.store),
            shards: self.shards.or(below.shards),
            idle: self.idle.or(below.idle),
            absolute: self.absolute.or(below.absolute),
            retain: self.retain.or(below.retain),
            hibernate: self.hibernate.or(below.hibernate),
            drain: self.drain.or(below.drain),
            backup_every: self.backup_every.or(below.backup_every),
            backup_keep: self.backup_keep.or(below.backup_keep),
            backup_dir: self.backup_dir.or(below.backup_dir),
            config: self.config.or(below.config),
            keys: self.keys.or(below.keys),
            dev_host: first(self.dev_host, below.dev_host),
            allow_origin: first(self.allow_origin, below.allow_origin),
            doors: self.doors.over(below.doors),
        }
    }

    /// What is to be, with what a host does by itself where nothing was said.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        if let Some(origin) = self.allow_origin.iter().find(|origin| !is_origin(origin)) {
            return Err(ConfigError::Origin(origin.clone()));
        }
        if let Some(host) = self.dev_host.iter().find(|host| !is_origin(&format!("http://{host}")) || host.contains(':')) {
            return Err(ConfigError::DevHost(host.clone()));
        }
        let limits_json = self.limits_json();
        let drain_ms = self.drain.unwrap_or(Span(Some(10_000))).0.ok_or(ConfigError::Drain)?;
        let backups = self.backup_every.and_then(|span| span.0).map(|every_ms| Schedule {
            every: Duration::from_millis(every_ms),
            keep: self.backup_keep.map_or(7, NonZeroUsize::get),
            folder: self.backup_dir.unwrap_or_else(|| "colloq-backups".into()),
        });
        Ok(Config {
            listen: self.listen.unwrap_or_else(|| "127.0.0.1:8787".into()),
            store: self.store.unwrap_or_else(|| StoreAddress::Sqlite("colloq.db".into())),
            shards: self.shards.map_or_else(default_shards, NonZeroUsize::get),
            limits_json,
            hibernate_after: self.hibernate.unwrap_or(Span(Some(60_000))).0.map(Duration::from_millis),
            drain: Duration::from_millis(drain_ms),
            backups,
            keys: self.keys,
            dev_hosts: self.dev_host,
            allow_origins: self.allow_origin,
            doors: self.doors.resolve()?,
        })
    }

    /// Only what was said: the module knows the rest.
    fn limits_json(&self) -> String {
        let limits = [("idleMs", self.idle), ("absoluteMs", self.absolute), ("retainMs", self.retain)];
        let said = limits.into_iter().filter_map(|(name, span)| {
            let ms = span?.0.map_or_else(|| "null".to_owned(), |ms| ms.to_string());
            Some(format!("\"{name}\":{ms}"))
        });
        format!("{{{}}}", said.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests;

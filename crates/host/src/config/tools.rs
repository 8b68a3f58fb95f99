//! The options of what is done beside serving: backups, moves, and looking inside.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use uuid::Uuid;

use super::{Span, StoreAddress};

/// A store, or a host that runs over one.
#[derive(Args, Clone, Debug, Default)]
pub struct Place {
    /// The store (or `COLLOQ_STORE`).
    #[arg(help = "The store, as for serve (or COLLOQ_STORE) [default: sqlite:colloq.db]")]
    #[arg(long, value_name = "STORE")]
    pub store: Option<StoreAddress>,
    /// A host that runs, instead of a store: then all is about the app of the key
    #[arg(long, value_name = "URL", conflicts_with = "store")]
    pub url: Option<String>,
    /// A file that holds the secret of one of its server keys (or `COLLOQ_KEY`, the secret itself).
    // The help shows forms that are no prose, so it is not taken from the sentence above.
    #[arg(help = "A file that holds the secret of a server key of that host (or COLLOQ_KEY=secret)")]
    #[arg(long, value_name = "FILE", requires = "url")]
    pub key: Option<PathBuf>,
    /// A PEM file with whoever signed that host's certificate, for https; without, whom the system believes
    #[arg(long, value_name = "FILE", requires = "url")]
    pub ca_file: Option<PathBuf>,
}

/// `colloq backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupOptions {
    /// Where to write it
    pub file: PathBuf,
    /// The store or the host
    #[command(flatten)]
    pub place: Place,
    /// Overwrites the file where it is there
    #[arg(long)]
    pub force: bool,
}

/// `colloq restore`.
#[derive(Args, Clone, Debug)]
pub struct RestoreOptions {
    /// The backup
    pub file: PathBuf,
    /// The store or the host
    #[command(flatten)]
    pub place: Place,
    /// Into a store that holds something else as well; replaces sessions that stand elsewhere, but no newer ones
    #[arg(long, conflicts_with = "url")]
    pub force: bool,
    /// This session alone
    #[arg(long, value_name = "ID")]
    pub session: Option<Uuid>,
    /// As it was at this version: it comes as a copy with an id of its own, and the session stays as it is
    #[arg(long, value_name = "VERSION", requires = "session")]
    pub at: Option<NonZeroU64>,
    /// The id of that copy [default: a new one]
    #[arg(long = "as", value_name = "NEWID", requires = "at")]
    pub new_id: Option<Uuid>,
    /// The app that the session belongs to
    #[arg(long, value_name = "APP", default_value = "default")]
    pub app: String,
}

/// `colloq export`.
#[derive(Args, Clone, Debug)]
pub struct ExportOptions {
    /// Where to write it
    pub file: PathBuf,
    /// The store or the host
    #[command(flatten)]
    pub place: Place,
    /// Only what belongs to this user
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// The app
    #[arg(long, value_name = "APP", default_value = "default")]
    pub app: String,
    /// Overwrites the file where it is there
    #[arg(long)]
    pub force: bool,
}

/// `colloq import`.
#[derive(Args, Clone, Debug)]
pub struct ImportOptions {
    /// The lines
    pub file: PathBuf,
    /// The store or the host
    #[command(flatten)]
    pub place: Place,
    /// The app that they come into
    #[arg(long, value_name = "APP", default_value = "default")]
    pub app: String,
}

/// `colloq migrate`.
#[derive(Args, Clone, Debug)]
pub struct MigrateOptions {
    /// The store that everything leaves; without, nothing is moved
    #[arg(long, value_name = "STORE", required_unless_present = "finish")]
    pub from: Option<StoreAddress>,
    /// The store that everything comes into
    #[arg(long, value_name = "STORE")]
    pub to: StoreAddress,
    /// From now on hosts of that store write the schema of this version, and older ones no longer serve it
    #[arg(long)]
    pub finish: bool,
    /// Into a store that holds something else as well
    #[arg(long, requires = "from")]
    pub force: bool,
}

/// `colloq inspect`.
#[derive(Args, Clone, Debug)]
pub struct InspectOptions {
    /// A session; without, all of them are counted and checked
    pub session: Option<Uuid>,
    /// The store or the host
    #[command(flatten)]
    pub place: Place,
    /// A backup, instead of a store
    #[arg(long, value_name = "FILE", conflicts_with_all = ["store", "url"])]
    pub backup: Option<PathBuf>,
    /// The app that the session belongs to
    #[arg(long, value_name = "APP", default_value = "default")]
    pub app: String,
}

/// `colloq token`.
#[derive(Args, Clone, Debug)]
pub struct TokenOptions {
    /// Whose it is
    pub user: String,
    /// In which role
    #[arg(long, value_enum, value_name = "ROLE", default_value_t)]
    pub role: TokenRole,
    /// A session that it is for; may be given again. Without, all of the user's, or of the app
    #[arg(long = "session", value_name = "ID")]
    pub sessions: Vec<Uuid>,
    /// For how long, at most 24h
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub ttl: Span,
    /// The store, whose secret signs it, or a host
    #[command(flatten)]
    pub place: Place,
    /// The app; a host's is that of the key
    #[arg(long, value_name = "APP", default_value = "default", conflicts_with = "url")]
    pub app: String,
}

/// A role that a token gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TokenRole {
    /// Owns sessions.
    #[default]
    User,
    /// Answers in sessions.
    Agent,
    /// May do everything in the app.
    Operator,
}

impl TokenRole {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Operator => "operator",
        }
    }
}

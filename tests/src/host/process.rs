//! The process: `colloq serve` with a folder of its own. Its log goes into a file of that folder, so that it can be read at any time.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::{Http, PATIENCE};
use crate::engine::target_folder;

/// A folder where hosts live one after another: their file stays.
pub struct Place {
    folder: TempDir,
    started: AtomicU32,
}

/// How a host is to be started.
pub struct Setup<'a> {
    place: &'a Place,
    command: Command,
}

/// A host that listens.
pub struct Host {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    log: PathBuf,
    /// Held, so that what else it says meets no closed pipe.
    _said: BufReader<ChildStdout>,
}

impl Place {
    /// An empty folder.
    ///
    /// # Panics
    /// If the system has no room for one.
    #[allow(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), started: AtomicU32::new(0) }
    }

    /// Writes a file into this folder, in the place of the one before; gives its path.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("a file can be written");
        path.to_str().expect("the path is text").to_owned()
    }

    /// A host over `sqlite:colloq.db` in this folder, on a free port of the loopback address.
    pub fn setup(&self) -> Setup<'_> {
        let mut command = self.command();
        command.arg("serve");
        Setup { place: self, command }
    }

    /// The binary in this folder, with an environment that says nothing to it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        // What this environment says of a host is not what is tested.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COLLOQ_")) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a host as [`setup`](Self::setup) has it.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(&self) -> Host {
        self.setup().start().await
    }
}

impl Setup<'_> {
    /// With a flag and its value.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.command.args([name, value]);
        self
    }

    /// With an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it, and waits until it listens.
    ///
    /// # Panics
    /// If it does not, with what it logged.
    pub async fn start(mut self) -> Host {
        let nth = self.place.started.fetch_add(1, Ordering::Relaxed);
        let log = self.place.folder.path().join(format!("host-{nth}.log"));
        let file = File::create(&log).expect("a log can be written");
        self.command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(file);
        let mut child = self.command.spawn().expect("the binary runs");
        let mut said = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        timeout(PATIENCE, said.read_line(&mut line)).await.expect("it says where it listens").expect("its output can be read");
        let url = line.trim().strip_prefix("listening on ");
        let address = url.and_then(|url| url.split_once("://")?.1.parse().ok());
        let address =
            address.unwrap_or_else(|| panic!("it says {line:?} first; its log: {}", fs::read_to_string(&log).unwrap_or_default()));
        Host { child, address, log, _said: said }
    }

    /// Runs it as it is set up, without a `--listen` of ours, until it ends by itself.
    ///
    /// # Panics
    /// If it does not end.
    pub async fn run(mut self) -> Output {
        timeout(PATIENCE, self.command.output()).await.expect("it ends by itself").expect("the binary runs")
    }
}

impl Host {
    /// A client of it, without a token.
    pub fn http(&self) -> Http {
        Http::new(self.address)
    }

    /// A client of it, with a token that it was asked for.
    pub async fn http_as(&self, role: &str, user: &str) -> Http {
        let http = self.http();
        let token = http.token(role, user).await;
        http.with_token(&token)
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// If the system cannot.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a child of ours can be killed");
    }

    /// Sends SIGTERM.
    ///
    /// # Panics
    /// If there is no `kill` on this system.
    pub async fn terminate(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.expect("there is a kill");
        assert!(sent.success(), "SIGTERM could not be sent");
    }

    /// Waits until it ended by itself.
    ///
    /// # Panics
    /// If it does not.
    pub async fn ended(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("it ends by itself").expect("a child of ours can be waited for")
    }

    /// What it logged so far.
    ///
    /// # Panics
    /// If that cannot be read.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("its log can be read")
    }

    /// Shows that no call broke the module: a broken one is logged and hides behind a repeated request.
    ///
    /// # Panics
    /// If one did.
    pub fn assert_unbroken(&self) {
        let log = self.log();
        assert!(!log.contains("trapped") && !log.contains("panicked"), "{log}");
    }
}

/// `COLLOQ_BIN`, else the release binary, else the one of debug builds.
fn binary() -> PathBuf {
    let built = ["release", "debug"].map(|profile| target_folder().join(profile).join("colloq"));
    let named = std::env::var_os("COLLOQ_BIN").map(PathBuf::from);
    let looked_at: Vec<PathBuf> = named.map_or_else(|| built.to_vec(), |named| vec![named]);
    let found = looked_at.iter().find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no binary at {looked_at:?}: run `cargo xtask build`")).clone()
}

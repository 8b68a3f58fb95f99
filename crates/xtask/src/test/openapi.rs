//! Schemathesis, which makes requests out of `/openapi.json` and holds the answers against it, at a host of the built binary.
//!
//! It comes from Python's package index, into a folder of its own below the target directory. Where it cannot be had the step is skipped aloud.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::build::Profile;
use crate::places::Places;
use crate::test::{Ending, Options};
use crate::tool;

/// Pinned: what a later one looks for is looked at by whoever raises it.
const PACKAGE: &str = "schemathesis==4.32.5";
/// What it takes for a refusal: its own list, and 410 for a session that ended, whatever the body is.
const SETTINGS: &str =
    "[checks]\nnegative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 410, 415, 422, 428, 429, \"5xx\"]\n";
/// The most seconds that it makes requests.
const SECONDS_MAX: &str = "45";
/// Answers that do not end by themselves, and the upgrade to WebSocket: other tests have those.
const ENDLESS: &str = r"^(/v1/connect|/v1/inbox|/v1/sessions/\{id\}/events)$";
/// What the document allows a host may refuse all the same: an id that is no UUIDv7, JSON that is not I-JSON, bytes that are no backup.
const UNCHECKED: &str = "positive_data_acceptance";
const SECRET: &str = "key-of-the-document-0123456789";

/// Runs it.
pub(super) fn run(places: &Places, options: &Options) -> Result<Ending> {
    let program = match provide(&places.target.join("schemathesis")) {
        Ok(program) => program,
        Err(error) => return Ok(Ending::Skipped(format!("schemathesis was not run: {error:#}"))),
    };
    let mut host = Host::start(&places.binary(Profile::Dev), &places.target)?;
    let settings = places.target.join("schemathesis.toml");
    std::fs::write(&settings, SETTINGS).context("its settings cannot be written")?;
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(settings)
        .current_dir(&places.target)
        .env("SCHEMATHESIS_HOOKS", places.root.join("tests/openapi/hooks.py"));
    command.args(["run", &format!("{}/openapi.json", host.url), "--no-color", "--continue-on-failure", "--generation-database", "none"]);
    command.args(["--header", &format!("Authorization: Bearer {SECRET}"), "--exclude-path-regex", ENDLESS, "--exclude-checks", UNCHECKED]);
    command.args(["--seed", "1", "--max-time", SECONDS_MAX, "--request-timeout", "10", "--warnings", "off"]);
    command.args(["--max-examples", if options.full { "100" } else { "10" }]);
    tool::run(&mut command)?;
    ensure!(host.child.try_wait().context("the host cannot be looked after")?.is_none(), "the host ended");
    Ok(Ending::Passed)
}

/// The program in a folder, installed where it is not there.
fn provide(folder: &Path) -> Result<PathBuf> {
    let mark = folder.join(PACKAGE);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    if !mark.is_file() {
        let python = tool::on_path(&["python3", "python"]).context("there is no Python on the PATH")?;
        tool::run(Command::new(python).args(["-m", "venv"]).arg(folder))?;
        let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
        tool::run(Command::new(programs.join("python")).args(arguments))?;
        std::fs::write(&mark, "").context("its folder cannot be written to")?;
    }
    Ok(programs.join("schemathesis"))
}

/// A host with one server key, which ends with this.
struct Host {
    child: Child,
    url: String,
    /// Held, so that what else it says meets no closed pipe.
    _said: BufReader<ChildStdout>,
}

impl Host {
    fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", "memory:", "--rate-user", "0"]).current_dir(folder);
        command.env("COLLOQ_KEYS", format!("web:{SECRET}")).env("COLLOQ_LOG", "error").stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} does not start", binary.display()))?;
        let mut said = BufReader::new(child.stdout.take().context("it has no output")?);
        let mut line = String::new();
        said.read_line(&mut line).context("it says nothing")?;
        let url = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let host = Self { child, url, _said: said };
        ensure!(!host.url.is_empty(), "the host says {line:?} first");
        Ok(host)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

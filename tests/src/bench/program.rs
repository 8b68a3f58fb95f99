//! The processes under load: the real binary, and the peer that this program is itself with other arguments.
//!
//! Each says where it listens on its first line, and ends with the value that holds it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::engine::target_folder;

/// The system counts a process' time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// How long a process' memory has to stay the same before it is at rest, and in which share of it that is the same.
const REST: Duration = Duration::from_millis(500);
const REST_SHARE: u64 = 200;

/// A process that listens.
pub struct Program {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// Held, so that what else it says meets no closed pipe.
    _said: BufReader<ChildStdout>,
}

impl Program {
    /// The release binary, with a store in memory: `COLLOQ_BIN` names it, or it lies where `cargo xtask build --release` puts it.
    ///
    /// # Errors
    /// Why it does not serve.
    pub fn colloq() -> Result<Self> {
        Self::colloq_with(&[])
    }

    /// The same, with more options.
    ///
    /// # Errors
    /// Why it does not serve.
    pub fn colloq_with(options: &[&str]) -> Result<Self> {
        Self::colloq_over("memory:", options)
    }

    /// The same over another store.
    ///
    /// # Errors
    /// Why it does not serve.
    pub fn colloq_over(store: &str, options: &[&str]) -> Result<Self> {
        let path = std::env::var_os("COLLOQ_BIN").map_or_else(|| target_folder().join("release/colloq"), PathBuf::from);
        ensure!(path.is_file(), "{} is missing: run `cargo xtask build --release`", path.display());
        let mut command = Command::new(path);
        // What this environment says of a host is not what is measured.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COLLOQ_")) {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", store]).args(options).current_dir(std::env::temp_dir());
        Self::start(command.stdin(Stdio::null()))
    }

    /// This program as a peer, which is told what to be on its standard input and ends with it.
    ///
    /// # Errors
    /// Why it does not serve.
    pub fn peer(argument: &str, told: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut program = command.arg(argument).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = program.stdin.as_mut().context("its input is piped")?;
        writeln!(input, "{told}")?;
        Self::listening(program)
    }

    /// An application that Node runs: a script, from the repository's root, and what it is told. It prints its address and nothing before.
    ///
    /// # Errors
    /// Why it does not serve.
    pub fn node(script: &str, told: &[&str]) -> Result<Self> {
        let mut command = Command::new("node");
        command.arg(crate::engine::repository().join(script)).args(told).env("NODE_ENV", "production");
        Self::start(command.stdin(Stdio::null()))
    }

    fn start(command: &mut Command) -> Result<Self> {
        Self::listening(command.stdout(Stdio::piped()).spawn()?)
    }

    fn listening(mut child: Child) -> Result<Self> {
        let mut said = BufReader::new(child.stdout.take().context("its output is piped")?);
        let mut line = String::new();
        said.read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").map(ToOwned::to_owned);
        let address = address.with_context(|| format!("its first line says where it listens, not {line:?}"))?;
        Ok(Self { child, address, _said: said })
    }

    /// The CPU time that it has used, in seconds; `None` where the system does not say.
    pub fn cpu_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The name of the program, in brackets, may hold spaces; user and system time are the 14th and 15th field.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u32 = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
        Some(f64::from(ticks) / TICKS_PER_SECOND)
    }

    /// How many files it has open: a connection is one.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn files(&self) -> Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// The memory of it that is resident, in bytes.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn resident_bytes(&self) -> Result<u64> {
        self.status_bytes("VmRSS:")
    }

    /// The most of its memory that was resident at any time.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn peak_bytes(&self) -> Result<u64> {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("a process has resident memory")?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB").context("it is counted in kB")?.parse()?;
        Ok(kilobytes * 1024)
    }

    /// The same, once it is at rest: an allocator gives memory back some time after it was freed.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn resident_bytes_at_rest(&self) -> Result<u64> {
        let mut before = self.resident_bytes()?;
        loop {
            std::thread::sleep(REST);
            let now = self.resident_bytes()?;
            if now.abs_diff(before) <= before / REST_SHARE {
                return Ok(now);
            }
            before = now;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

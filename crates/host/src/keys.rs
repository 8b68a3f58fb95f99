//! `colloq keys new`: makes a server key. The key itself is shown once and kept nowhere; the line for the file of keys holds its SHA-256.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result, bail};
use colloq_host::auth::{ServerKeys, new_key};
use colloq_host::config::{KeysCommand, NewKey};

/// Does it.
pub(crate) fn run(command: &KeysCommand) -> Result<()> {
    let KeysCommand::New(NewKey { name, app }) = command;
    let (key, digest) = new_key().context("the system gives no entropy")?;
    let app = app.as_ref().map_or(String::new(), |app| format!(":{app}"));
    let line = format!("{name}:sha256:{digest}{app}");
    if let Err(error) = ServerKeys::from_lines(&line) {
        bail!("name and app are texts without a colon: {}", error.what);
    }
    let mut out = io::stdout().lock();
    writeln!(out, "the key, for whoever makes tokens with it (it is shown this once):\n  {key}")?;
    writeln!(out, "a line for the file of --keys, which is read again when it changes:\n  {line}")?;
    out.flush()?;
    Ok(())
}

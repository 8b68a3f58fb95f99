//! What the binary does beside serving: each command opens what it needs, does one thing, and says in a line what came of it.
//!
//! A command never overwrites a file, a session or a store without being told to, and never reports as done what is not on disk.

mod backup;
mod bar;
mod connector;
mod export;
mod failure;
mod import;
mod inspect;
mod migrate;
mod remote;
mod restore;
mod session;
mod sink;
mod stores;
mod token;

pub(crate) use failure::Failure;

use std::io::Write as _;

use colloq_host::config::Command;

/// Does it; what is to be shown goes to standard output.
pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    let said = match command {
        Command::Backup(options) => backup::run(options).await?,
        Command::Restore(options) => restore::run(options).await?,
        Command::Export(options) => export::run(options).await?,
        Command::Import(options) => import::run(options).await?,
        Command::Migrate(options) => migrate::run(options).await?,
        Command::Inspect(options) => inspect::run(options).await?,
        Command::Token(options) => token::run(options).await?,
        Command::Serve(_) | Command::Keys(_) => unreachable!("main does"),
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{said}").and_then(|()| out.flush()).map_err(|error| Failure::new("output", error.to_string()))
}

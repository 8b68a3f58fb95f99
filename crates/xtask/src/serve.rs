//! `cargo xtask serve`: builds everything, then becomes the binary `colloq serve`.
//!
//! It adds no option of its own: what the binary does by default is what a user gets.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::places::Places;

/// Builds the optimised binary and runs it in our place, so that signals reach it and its status is ours.
pub(crate) fn serve(places: &Places, arguments: &[String]) -> Result<()> {
    build::all(places, Profile::Release)?;
    become_command(Command::new(places.binary(Profile::Release)).arg("serve").args(arguments))
}

#[cfg(unix)]
fn become_command(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(anyhow::Error::new(command.exec()).context(format!("cannot start {}", command.get_program().display())))
}

#[cfg(not(unix))]
fn become_command(command: &mut Command) -> Result<()> {
    crate::tool::run(command)
}

//! npm's packages of a folder, as its lock file names them.
//!
//! They are installed again only when the lock file changed; a missing lock file is an error, never a reason to choose versions anew.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::places::Places;
use crate::progress::Did;
use crate::stamp::Stamp;
use crate::tool;

/// Installs the packages of a folder with `npm ci`.
pub(crate) fn install(places: &Places, folder: &Path) -> Result<Did> {
    let lock = folder.join("package-lock.json");
    ensure!(lock.is_file(), "{} is missing: run `npm install` in {} and commit it", lock.display(), folder.display());
    ensure!(tool::on_path(&["npm", "npm.cmd"]).is_some(), "npm is not on the PATH: install Node 20 or newer");
    let modules = folder.join("node_modules");
    // npm writes this file last: without it an installation broke off.
    let complete = modules.join(".package-lock.json");
    let name = folder.strip_prefix(&places.root).unwrap_or(folder).to_string_lossy().replace(['/', '\\'], "-");
    let stamp = Stamp::new(places, &format!("npm-{name}")).file(&lock)?;
    let ran = stamp.unless_fresh(&[complete], || tool::run(&mut tool::npm(folder, &["ci", "--no-audit", "--no-fund"])))?;
    if !ran {
        return Ok(Did::Nothing);
    }
    let count = fs::read_dir(&modules).context("npm made no node_modules")?.count();
    Ok(Did::Work(format!("{count} folders in node_modules")))
}

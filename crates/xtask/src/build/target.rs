//! Compilation targets: the wasm target of the module, and the bare one that proves the core needs no `std`.
//!
//! A target that is installed is never asked for again, so a build works offline.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::progress::Did;
use crate::tool;

/// What the module is compiled for.
pub(crate) const WEB: &str = "wasm32-unknown-unknown";
/// Has no `std` at all.
pub(crate) const BARE: &str = "wasm32v1-none";

/// Adds a target to the toolchain unless it is there.
pub(crate) fn add(target: &str) -> Result<Did> {
    let sysroot = tool::capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(target).is_dir() {
        return Ok(Did::Nothing);
    }
    let added = tool::run(Command::new("rustup").args(["target", "add", target]));
    added.with_context(|| format!("this Rust has no target {target}, and rustup could not add it"))?;
    Ok(Did::work())
}

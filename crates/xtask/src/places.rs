//! Where things lie: the repository, cargo's target directory and what is built into it.
//!
//! Every other file asks here; none may spell `target/` itself, because `CARGO_TARGET_DIR` moves it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::Profile;
use crate::tool;

/// The repository's root and cargo's target directory, both absolute.
pub(crate) struct Places {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Places {
    /// Finds the repository above the manifest that cargo names (or above the current directory), and asks cargo for its target directory.
    pub(crate) fn find() -> Result<Places> {
        let start = env::var_os("CARGO_MANIFEST_DIR").map_or_else(env::current_dir, |path| Ok(PathBuf::from(path)))?;
        let Some(root) = start.ancestors().find(|path| path.join("crates/xtask/Cargo.toml").is_file()) else {
            bail!("{} lies in no checkout of colloq", start.display());
        };
        let metadata = metadata(root, &["--no-deps"])?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?;
        Ok(Places { root: root.to_path_buf(), target: PathBuf::from(target) })
    }

    /// cargo's own metadata of the workspace with all of its dependencies.
    pub(crate) fn metadata(&self) -> Result<Value> {
        metadata(&self.root, &["--locked", "--all-features"])
    }

    /// A cargo command that runs in the root and knows where the host's embedded files lie.
    ///
    /// The variables are always the same, so that no call makes cargo build the host anew.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.root);
        self.name_artifacts(&mut command);
        command
    }

    /// Sets the variables by which host, tests and benches find what was built.
    pub(crate) fn name_artifacts(&self, command: &mut Command) {
        command.env("COLLOQ_MODULE", self.wasm()).env("COLLOQ_SCHEMA", self.schema()).env("COLLOQ_CONSOLE", self.console());
    }

    /// The folder of the built module: the wasm file, its glue, its schema.
    pub(crate) fn module(&self) -> PathBuf {
        self.target.join("module")
    }

    /// The one wasm file.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.module().join("colloq_bg.wasm")
    }

    /// The JSON Schema of the core's public types.
    pub(crate) fn schema(&self) -> PathBuf {
        self.module().join("schema.json")
    }

    /// The root of the npm workspace.
    pub(crate) fn www(&self) -> PathBuf {
        self.root.join("www")
    }

    /// The built console.
    pub(crate) fn console(&self) -> PathBuf {
        self.www().join("console/dist")
    }

    /// The binary `colloq` of a profile.
    pub(crate) fn binary(&self, profile: Profile) -> PathBuf {
        self.target.join(profile.folder()).join(format!("colloq{}", env::consts::EXE_SUFFIX))
    }
}

fn metadata(root: &Path, arguments: &[&str]) -> Result<Value> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1"]).args(arguments).current_dir(root);
    serde_json::from_str(&tool::capture(&mut command)?).context("cargo metadata is not JSON")
}

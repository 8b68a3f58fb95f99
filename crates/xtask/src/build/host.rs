//! The binary `colloq`, which embeds the wasm file and the console.
//!
//! Cargo alone decides what is compiled: the host's build script names its inputs.

use anyhow::Result;

use crate::build::Profile;
use crate::places::Places;
use crate::progress::Did;
use crate::tool;

/// What `cargo test --workspace` needs beside the default features.
pub(crate) const TEST_FEATURES: [&str; 2] = ["--features", "colloq-store/conformance"];

/// Builds the binary.
pub(super) fn build(places: &Places, profile: Profile) -> Result<Did> {
    let mut cargo = places.cargo(&["build", "--package", "colloq-host", "--bin", "colloq"]);
    tool::run(cargo.args(profile.arguments()))?;
    Ok(Did::Work(places.binary(profile).display().to_string()))
}

/// Builds the binary and every test of the workspace in one go.
pub(super) fn build_tests(places: &Places) -> Result<Did> {
    tool::run(places.cargo(&["build", "--workspace", "--all-targets"]).args(TEST_FEATURES))?;
    Ok(Did::Work(places.binary(Profile::Dev).display().to_string()))
}

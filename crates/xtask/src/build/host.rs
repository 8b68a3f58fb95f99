//! The binary `colloq`, which embeds the wasm file and the console.
//!
//! Cargo alone decides what is compiled: the host's build script names its inputs.

use anyhow::Result;

use crate::build::Profile;
use crate::places::Places;
use crate::progress::Did;
use crate::tool;

/// What `cargo test --workspace` needs beside the default features.
pub(crate) const TEST_FEATURES: [&str; 2] = ["--features", "colloq-store/conformance,colloq-tests/planted"];

/// Builds the binary. In the profile of tests it takes the whole workspace's features, as they do: its dependencies are built once.
pub(super) fn build(places: &Places, profile: Profile) -> Result<Did> {
    let selection: &[&str] = match profile {
        Profile::Dev => &["--workspace", "--example", "rights", TEST_FEATURES[0], TEST_FEATURES[1]],
        Profile::Release => &["--package", "colloq-host"],
    };
    tool::run(places.cargo(&["build", "--bin", "colloq"]).args(selection).args(profile.arguments()))?;
    Ok(Did::Work(places.binary(profile).display().to_string()))
}

/// Builds the binary and every test of the workspace in one go.
pub(super) fn build_tests(places: &Places) -> Result<Did> {
    tool::run(places.cargo(&["build", "--workspace", "--all-targets"]).args(TEST_FEATURES))?;
    Ok(Did::Work(places.binary(Profile::Dev).display().to_string()))
}

//! `cargo xtask build`: wasm file, schema, npm package and console, host; in that order, because each holds the one before.
//!
//! Cargo knows itself what changed; every other step keeps a stamp. What the steps do stands in the files below this one.

mod host;
mod module;
mod npm;
mod schema;
mod target;
mod web;

use anyhow::Result;

use crate::places::Places;
use crate::progress::step;

pub(crate) use host::TEST_FEATURES;
pub(crate) use npm::install;
pub(crate) use target::{BARE, WEB, add as add_target};

/// How the host is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Fast to build.
    Dev,
    /// Fast to run.
    Release,
}

impl Profile {
    /// The folder below the target directory that cargo builds this profile into.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }

    /// What cargo is told beside the command.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Profile::Dev => &[],
            Profile::Release => &["--release"],
        }
    }
}

/// Builds everything a user runs.
pub(crate) fn all(places: &Places, profile: Profile) -> Result<()> {
    artifacts(places)?;
    step("host: binary colloq", || host::build(places, profile))
}

/// Builds everything, and all that `cargo test --workspace` will run, with the same features: so nothing is compiled twice.
pub(crate) fn tests(places: &Places) -> Result<()> {
    artifacts(places)?;
    step("host: binary colloq and every test", || host::build_tests(places))
}

/// Builds the wasm file.
pub(crate) fn module(places: &Places) -> Result<()> {
    step("rust target wasm32-unknown-unknown", || target::add(WEB))?;
    step("module: cargo", || module::compile(places))?;
    step("npm packages", || npm::install(places, &places.www()))?;
    step("module: wasm-bindgen, wasm-opt", || module::finish(places))
}

/// Builds what the host embeds.
fn artifacts(places: &Places) -> Result<()> {
    module(places)?;
    step("schema", || schema::write(places))?;
    step("web: npm package, console", || web::build(places))
}

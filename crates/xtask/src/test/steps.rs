//! The steps of `cargo xtask test`, in their order: what needs no compiler first, a browser last.
//!
//! Each one calls the tool a developer would call by hand; none knows what is tested.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::build::{self, Profile};
use crate::places::Places;
use crate::test::{Ending, Options, openapi, provision};
use crate::tidy;
use crate::tool;

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) needs_build: bool,
    pub(crate) run: fn(&Places, &Options) -> Result<Ending>,
}

const fn step(name: &'static str, what: &'static str, needs_build: bool, run: fn(&Places, &Options) -> Result<Ending>) -> Step {
    Step { name, what, needs_build, run }
}

/// All of them.
pub(crate) const STEPS: [Step; 9] = [
    step("tidy", "directions, sizes, names, comments", false, tidy_step),
    step("fmt", "cargo fmt --check", false, fmt),
    step("no-std", "the core on a target without std", false, no_std),
    step("build", "wasm file, schema, npm package, console, host, tests", false, build_step),
    step("clippy", "no warning in any target", true, clippy),
    step("rust", "cargo test", true, rust),
    step("openapi", "schemathesis against a host and its document", true, openapi::run),
    step("npm", "npm test in www", true, npm),
    step("browser", "the page in Chromium", true, browser),
];

fn tidy_step(places: &Places, _: &Options) -> Result<Ending> {
    tidy::run(places)?;
    // Advisories need a database that only that tool keeps; what tidy reads of `deny.toml` holds without it.
    if tool::on_path(&["cargo-deny"]).is_none() {
        return Ok(Ending::PassedBut("`cargo deny check` was not run: no cargo-deny on the PATH".to_owned()));
    }
    passed(&mut places.cargo(&["deny", "--locked", "check"]))
}

fn fmt(places: &Places, _: &Options) -> Result<Ending> {
    passed(&mut places.cargo(&["fmt", "--all", "--check"]))
}

fn no_std(places: &Places, _: &Options) -> Result<Ending> {
    build::add_target(build::BARE)?;
    passed(&mut places.cargo(&["build", "--package", "colloq-core", "--target", build::BARE]))
}

fn build_step(places: &Places, _: &Options) -> Result<Ending> {
    build::tests(places)?;
    Ok(Ending::Passed)
}

/// The module has code for the web alone, which the native run does not see.
fn clippy(places: &Places, _: &Options) -> Result<Ending> {
    let strict = ["--", "--deny", "warnings"];
    tool::run(places.cargo(&["clippy", "--workspace", "--all-targets"]).args(build::TEST_FEATURES).args(strict))?;
    passed(places.cargo(&["clippy", "--package", "colloq-module", "--target", build::WEB]).args(strict))
}

/// Scenarios are played in Chromium as well, and the shared store is tried on real servers, if these are there.
fn rust(places: &Places, options: &Options) -> Result<Ending> {
    let mut cargo = places.cargo(&["test", "--workspace", "--no-fail-fast"]);
    cargo.args(build::TEST_FEATURES);
    let mut missing = Vec::new();
    let chromium = provision::chromium();
    if chromium.is_some() {
        build::install(places, &places.root.join("tests/browser"))?;
    } else {
        missing.push("no scenario was played in Chromium: none on the PATH, and it could not be installed");
    }
    cargo.env("COLLOQ_CHROMIUM", chromium.as_deref().unwrap_or(Path::new("none")));
    if tool::on_path(&["redis-server"]).is_none() {
        // All tests that need it say so in their names.
        cargo.args(["--", "--skip", "redis"]);
        missing.push("nothing was tried on Redis: no redis-server on the PATH, and it could not be installed");
    }
    tool::run(tell(places, options, &mut cargo))?;
    Ok(if missing.is_empty() { Ending::Passed } else { Ending::PassedBut(missing.join("; ")) })
}

fn npm(places: &Places, options: &Options) -> Result<Ending> {
    passed(tell(places, options, &mut tool::npm(&places.www(), &["test"])))
}

fn browser(places: &Places, options: &Options) -> Result<Ending> {
    let folder = places.root.join("tests/browser");
    if !folder.is_dir() {
        return Ok(Ending::Skipped("there is no folder tests/browser".to_owned()));
    }
    let Some(chromium) = provision::chromium() else {
        return Ok(Ending::Skipped("no Chromium on the PATH, and it could not be installed".to_owned()));
    };
    if folder.join("package.json").is_file() {
        build::install(places, &folder)?;
    }
    let mut files = Vec::new();
    test_files(&folder, &mut files)?;
    ensure!(!files.is_empty(), "tests/browser holds no *.test.mjs");
    let mut node = Command::new("node");
    // One file at a time: browsers side by side on two cores only make each other slow.
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(files).current_dir(&folder).env("COLLOQ_CHROMIUM", chromium);
    passed(tell(places, options, &mut node))
}

/// Tells tests where the built files are, and whether the long figures are wanted.
fn tell<'a>(places: &Places, options: &Options, command: &'a mut Command) -> &'a mut Command {
    places.name_artifacts(command);
    command.env("COLLOQ_BIN", places.binary(Profile::Dev));
    if options.full { command.env("COLLOQ_FULL", "1") } else { command.env_remove("COLLOQ_FULL") }
}

fn passed(command: &mut Command) -> Result<Ending> {
    tool::run(command)?;
    Ok(Ending::Passed)
}

/// The tests below a folder, in the order of their names.
fn test_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.ends_with("node_modules") {
            test_files(&path, found)?;
        } else if path.to_string_lossy().ends_with(".test.mjs") {
            found.push(path);
        }
    }
    Ok(())
}

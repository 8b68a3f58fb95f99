//! `cargo xtask sim`: builds the module and the simulator and runs it with the arguments given.

use std::env;
use std::process::Command;

use anyhow::Result;

use crate::build;
use crate::places::Places;
use crate::tool;

/// Runs the simulator.
pub(crate) fn run(places: &Places, arguments: &[String]) -> Result<()> {
    build::module(places)?;
    // As tests are compiled, so that nothing is compiled a second time, and overflows and broken assertions are seen.
    tool::run(places.cargo(&["build", "--quiet", "--workspace", "--bin", "sim"]).args(build::TEST_FEATURES))?;
    let mut simulator = Command::new(places.target.join("debug").join(format!("sim{}", env::consts::EXE_SUFFIX)));
    places.name_artifacts(&mut simulator);
    tool::run(simulator.args(arguments))
}

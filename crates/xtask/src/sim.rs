//! `cargo xtask sim`: builds the module and the simulator and runs it with the arguments given.

use anyhow::Result;

use crate::build;
use crate::places::Places;
use crate::tool;

/// Runs the simulator.
pub(crate) fn run(places: &Places, arguments: &[String]) -> Result<()> {
    build::module(places)?;
    // As tests are compiled, so that nothing is compiled a second time, and overflows and broken assertions are seen.
    let mut cargo = places.cargo(&["run", "--quiet", "--workspace", "--bin", "sim"]);
    tool::run(cargo.args(build::TEST_FEATURES).arg("--").args(arguments))
}

//! The commands of this repository: `cargo xtask build | serve | test | bench | sim | coverage | tidy`.
//!
//! It runs tools and checks files. It must never hold a rule of the product, and nothing that ships may need it at run time.

mod bench;
mod build;
mod coverage;
mod places;
mod progress;
mod serve;
mod sim;
mod stamp;
mod test;
mod tidy;
mod tool;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use build::Profile;
use places::Places;

/// What stands behind `cargo xtask`.
#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, serves, tests and measures colloq")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// One command a variant.
#[derive(Subcommand)]
enum Command {
    /// Builds the wasm file, its schema, the npm package, the console and the binary `colloq`; repeats only what changed
    Build {
        /// Build the binary optimised
        #[arg(long)]
        release: bool,
        /// Build the wasm file and nothing else
        #[arg(long, conflicts_with = "release")]
        module: bool,
    },
    /// Builds everything optimised, then runs `colloq serve` with the arguments given here
    Serve {
        /// Handed to `colloq serve` as they are
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs every check and test, or the steps named
    Test(test::Options),
    /// Runs the benches, or the one named, and writes target/bench/
    Bench {
        /// core, http, ...; nothing: all of them
        name: Option<String>,
    },
    /// Simulates hosts, pages and a store with everything that may go wrong: `--seeds N --steps M [--seed FIRST]`
    Sim {
        /// Handed to the simulator as they are
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measures how many of the core's lines its tests run, and fails below 95 in a hundred
    Coverage,
    /// Checks the house style that no linter knows
    Tidy,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let places = Places::find()?;
    match command {
        Command::Build { module: true, .. } => build::module(&places)?,
        Command::Build { release, .. } => build::all(&places, if release { Profile::Release } else { Profile::Dev })?,
        Command::Serve { arguments } => serve::serve(&places, &arguments)?,
        Command::Test(options) => return test::run(&places, &options),
        Command::Bench { name } => bench::run(&places, name.as_deref())?,
        Command::Sim { arguments } => sim::run(&places, &arguments)?,
        Command::Coverage => coverage::run(&places)?,
        Command::Tidy => tidy::run(&places)?,
    }
    Ok(ExitCode::SUCCESS)
}

//! `cargo xtask test`: every check and test, step by step, with a summary and one last line `N passed, N failed`.
//!
//! A step that the machine cannot run is skipped aloud, with the reason; it never counts as passed.

mod openapi;
mod provision;
mod steps;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::places::Places;
use steps::{STEPS, Step};

/// What `cargo xtask test` is asked for.
#[derive(Args)]
pub(crate) struct Options {
    /// Also the long figures of RELIABILITY.md: sets `COLLOQ_FULL=1` for every test
    #[arg(long)]
    pub(crate) full: bool,
    /// Run the steps behind a failed one too
    #[arg(long)]
    keep_going: bool,
    /// Steps to run (tidy, fmt, no-std, build, clippy, rust, openapi, npm, browser); nothing: all of them
    names: Vec<String>,
}

/// How one step ended.
pub(crate) enum Ending {
    /// It ran, and nothing was wrong.
    Passed,
    /// It ran and nothing was wrong, but a part of it could not run here, and why.
    PassedBut(String),
    /// It could not run here, and why.
    Skipped(String),
}

/// One line of the summary.
struct Report {
    name: &'static str,
    took: Duration,
    result: Result<Ending>,
}

/// Runs the steps asked for.
pub(crate) fn run(places: &Places, options: &Options) -> Result<ExitCode> {
    let steps = chosen(&options.names)?;
    let missing = provision::provide(&steps);
    let mut reports = Vec::new();
    for step in steps {
        println!("\n=== {}: {}", step.name, step.what);
        let begun = Instant::now();
        let result = (step.run)(places, options);
        if let Err(error) = &result {
            println!("=== {} FAILED: {error:#}", step.name);
        }
        let failed = result.is_err();
        reports.push(Report { name: step.name, took: begun.elapsed(), result });
        // What cannot be built cannot be tested: every step behind would fail for the same reason.
        if failed && (!options.keep_going || step.name == "build") {
            break;
        }
    }
    Ok(summarise(&reports, &missing))
}

/// The steps of these names in their order, with `build` where one of them needs it.
fn chosen(names: &[String]) -> Result<Vec<&'static Step>> {
    if let Some(name) = names.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        bail!("no step is called `{name}`; there are {}", known.join(", "));
    }
    let asked = |step: &Step| names.is_empty() || names.iter().any(|name| name == step.name);
    let build = STEPS.iter().any(|step| step.needs_build && asked(step));
    Ok(STEPS.iter().filter(|step| asked(step) || (build && step.name == "build")).collect())
}

fn summarise(reports: &[Report], missing: &[String]) -> ExitCode {
    println!("\n=== summary");
    for report in reports {
        let (word, note) = match &report.result {
            Ok(Ending::Passed) => ("passed", String::new()),
            Ok(Ending::PassedBut(what)) => ("passed", format!(", BUT {what}")),
            Ok(Ending::Skipped(why)) => ("skipped", format!(": {why}")),
            Err(error) => ("FAILED", format!(": {error:#}")),
        };
        println!("{:8.1} s  {word:8} {}{note}", report.took.as_secs_f64(), report.name);
    }
    for line in missing {
        println!("not installed: {line}");
    }
    let failed = reports.iter().filter(|report| report.result.is_err()).count();
    let passed = reports.iter().filter(|report| matches!(report.result, Ok(Ending::Passed | Ending::PassedBut(_)))).count();
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(asked: &[&str]) -> Vec<&'static str> {
        let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
        chosen(&asked).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn nothing_named_is_everything() {
        assert_eq!(names(&[]), ["tidy", "fmt", "no-std", "build", "clippy", "rust", "openapi", "npm", "browser"]);
    }

    #[test]
    fn a_step_brings_the_build_it_needs_and_nothing_else() {
        assert_eq!(names(&["fmt", "tidy"]), ["tidy", "fmt"]);
        assert_eq!(names(&["npm"]), ["build", "npm"]);
    }

    #[test]
    fn an_unknown_step_is_refused() {
        assert!(chosen(&["everything".to_owned()]).is_err());
    }
}

//! `cargo xtask coverage`: how many of the core's lines its tests run, file by file; too few of them is an error.
//!
//! What counts are the core's own tests, the properties and the golden files, all on the native core. Scenarios are not counted: they
//! would hide what nothing looks at closely. It builds into a folder of its own, so that no other build is made anew.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::places::Places;
use crate::tool;

/// The share of the core's lines that tests have to run.
const LINES_MIN_PERCENT: f64 = 95.0;
/// The programs of tests, beside the core's own, that run it natively.
const TESTS: [&str; 2] = ["properties", "golden"];
/// What is no code of the product.
const IGNORED: &str = "(/tests\\.rs|/tests/|/scene\\.rs|/examples/|/crates/(abi|module|store|host|xtask))";

/// Measures, prints the table, and fails below the share.
pub(crate) fn run(places: &Places) -> Result<()> {
    install()?;
    measure(places, &["clean", "--workspace"])?;
    measure(places, &["--no-report", "--package", "colloq-core", "--lib"])?;
    let mut arguments = vec!["--no-report", "--package", "colloq-tests"];
    for test in TESTS {
        arguments.extend(["--test", test]);
    }
    measure(places, &arguments)?;
    let report = tool::capture(&mut llvm_cov(places, &["report", "--json", "--summary-only", "--ignore-filename-regex", IGNORED]))?;
    let lines = lines(&report)?;
    for line in &lines {
        println!("{:6.2} %  {:4} of {:4}  {}", line.percent(), line.covered, line.count, line.name);
    }
    let all = lines.iter().fold(Lines::default(), |all, line| Lines {
        count: all.count + line.count,
        covered: all.covered + line.covered,
        ..all
    });
    println!("{:6.2} %  {:4} of {:4}  lines of colloq-core; at least {LINES_MIN_PERCENT} %", all.percent(), all.covered, all.count);
    ensure!(all.percent() >= LINES_MIN_PERCENT, "tests run {:.2} % of the core's lines; at least {LINES_MIN_PERCENT} %", all.percent());
    Ok(())
}

/// Installs what measures, unless it is there.
fn install() -> Result<()> {
    if tool::on_path(&["cargo-llvm-cov"]).is_none() {
        tool::run(Command::new("cargo").args(["install", "cargo-llvm-cov", "--locked"]))
            .context("cargo-llvm-cov could not be installed")?;
    }
    let installed = tool::capture(Command::new("rustup").args(["component", "list", "--installed"]))?;
    if !installed.lines().any(|component| component.starts_with("llvm-tools")) {
        tool::run(Command::new("rustup").args(["component", "add", "llvm-tools"])).context("rustup could not add llvm-tools")?;
    }
    Ok(())
}

fn measure(places: &Places, arguments: &[&str]) -> Result<()> {
    tool::run(&mut llvm_cov(places, arguments))
}

fn llvm_cov(places: &Places, arguments: &[&str]) -> Command {
    let mut command = places.cargo(&["llvm-cov"]);
    command.args(arguments);
    command
}

/// The lines of one file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lines {
    name: String,
    count: u64,
    covered: u64,
}

impl Lines {
    #[allow(clippy::cast_precision_loss, reason = "lines are counted in thousands")]
    fn percent(&self) -> f64 {
        if self.count == 0 { 100.0 } else { 100.0 * self.covered as f64 / self.count as f64 }
    }
}

/// The files of the core in a report, by their names.
fn lines(report: &str) -> Result<Vec<Lines>> {
    let report: Value = serde_json::from_str(report).context("cargo llvm-cov did not print JSON")?;
    let files = report["data"][0]["files"].as_array().context("cargo llvm-cov names no files")?;
    let read = |file: &Value| {
        let name = file["filename"].as_str()?.rsplit_once("crates/core/src/")?.1.to_owned();
        let lines = &file["summary"]["lines"];
        Some(Lines { name, count: lines["count"].as_u64()?, covered: lines["covered"].as_u64()? })
    };
    let lines: Vec<Lines> = files.iter().filter_map(read).collect();
    ensure!(!lines.is_empty(), "cargo llvm-cov says nothing of the core");
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_file_by_file() {
        let file = |name: &str, count: u64, covered: u64| serde_json::json!({ "filename": name, "summary": { "lines": { "count": count, "covered": covered, "percent": 0.0 } } });
        let files = [file("/x/crates/core/src/json/reader.rs", 8, 6), file("/x/tests/src/lib.rs", 5, 0)];
        let report = serde_json::json!({ "data": [{ "files": files }] }).to_string();
        let lines = lines(&report).unwrap();
        assert_eq!(lines, [Lines { name: "json/reader.rs".to_owned(), count: 8, covered: 6 }]);
        assert_eq!(format!("{:.1}", lines[0].percent()), "75.0");
    }

    #[test]
    fn a_report_without_the_core_is_an_error() {
        assert!(lines("{}").is_err() && lines("").is_err());
        assert!(lines(r#"{"data":[{"files":[]}]}"#).is_err());
    }
}
